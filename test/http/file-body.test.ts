import { appendFileSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { type KnownFile, readRange, streamRange } from '../../src/http/file-body.ts'
import { openOn, until } from '../support/open-files.ts'

const CHUNK_BYTES = 64 * 1024
const folder = t.testdir({})
const content = Buffer.from(Array.from({ length: 3 * CHUNK_BYTES + 7 }, (_, at) => at % 251))

function fileOf(name: string, bytes: Uint8Array = content): KnownFile {
  const path = `${folder}/${name}`
  writeFileSync(path, bytes)
  return known(path)
}

function known(path: string): KnownFile {
  const { size, mtimeNs } = statSync(path, { bigint: true })
  return { path, size: Number(size), modifiedNs: mtimeNs }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const onLinux = process.platform === 'linux' ? {} : { skip: 'counts descriptors in /proc' }

t.test('bytes are read at once, or as chunks', async (t) => {
  const file = fileOf('whole')
  for (const range of [
    { start: 0, end: content.length },
    { start: 5, end: 6 },
    { start: 70_000, end: 150_000 },
    { start: 3, end: 3 },
  ]) {
    const expected = content.subarray(range.start, range.end)
    t.ok(expected.equals((await readRange(file, range)) ?? Buffer.of(1)))
    if (expected.length > 0) t.ok(expected.equals(await collect(streamRange(file, range))))
  }
})

t.test(
  'a stream opens its file when it is read, and closes it at the end or when it is cancelled',
  onLinux,
  async (t) => {
    const file = fileOf('descriptors')
    const all = { start: 0, end: content.length }
    streamRange(file, all)
    t.equal(openOn(file.path), 0, 'nobody reads')
    const read = streamRange(file, all)
    const reader = read.getReader()
    await reader.read()
    t.equal(openOn(file.path), 1)
    while (!(await reader.read()).done);
    t.equal(openOn(file.path), 0, 'at the end')
    const cancelled = streamRange(file, all).getReader()
    await cancelled.read()
    await cancelled.cancel()
    t.equal(openOn(file.path), 0, 'cancelled')
    const hurried = streamRange(file, all).getReader()
    const pending = hurried.read().catch(() => {})
    await hurried.cancel()
    await pending
    await t.resolves(
      until(() => openOn(file.path) === 0),
      'cancelled while it was opened',
    )
  },
)

t.test('a file that is another one by now is not sent under the old name', async (t) => {
  const file = fileOf('changed')
  const all = { start: 0, end: content.length }
  const opened = streamRange(file, all).getReader()
  await opened.read()
  appendFileSync(file.path, 'more')
  utimesSync(file.path, 1, 1)
  t.equal(await readRange(file, all), undefined)
  await t.rejects(collect(streamRange(file, all)), /was changed/)
  t.equal((await opened.read()).done, false, 'one that was begun goes on')
  await opened.cancel()
  rmSync(file.path)
  t.equal(await readRange(file, all), undefined)
  mkdirSync(file.path)
  t.equal(await readRange(file, all), undefined)
})

t.test('a file that became shorter fails instead of ending early', async (t) => {
  const file = fileOf('shorter')
  const reader = streamRange(file, { start: 0, end: content.length }).getReader()
  await reader.read()
  writeFileSync(file.path, 'short')
  await t.rejects(reader.read(), /was changed/)
})
