import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { type Picture, webm } from '../film/webm.ts'

const CLIPS = new URL('../../../../apps/annotations/clips/', import.meta.url) // this file runs in dist/apps/annotations/test

interface Element {
  readonly id: number
  /** Where it begins. */
  readonly at: number
  readonly data: Buffer
}

/** The elements of a stretch of EBML, one after another. */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const idLength = Math.clz32(bytes.readUInt8(at)) - 23
    const id = bytes.readUIntBE(at, idLength)
    const sizeAt = at + idLength
    const sizeLength = Math.clz32(bytes.readUInt8(sizeAt)) - 23
    const size =
      sizeLength === 8
        ? bytes.readUIntBE(sizeAt + 2, 6)
        : bytes.readUIntBE(sizeAt, sizeLength) & ~(1 << (7 * sizeLength))
    const dataAt = sizeAt + sizeLength
    found.push({ id, at, data: bytes.subarray(dataAt, dataAt + size) })
    at = dataAt + size
  }
  return found
}

const first = (bytes: Buffer, id: number): Buffer => elements(bytes).find((element) => element.id === id)!.data
const number = (bytes: Buffer): number => bytes.readUIntBE(0, bytes.length)
const [SEGMENT, INFO, CUES, CLUSTER, DURATION] = [0x18538067, 0x1549a966, 0x1c53bb6b, 0x1f43b675, 0x4489]

/** What a player reads first: how long it is, and where it can start. */
function indexOf(file: Buffer): { durationMs: number; cues: { timeMs: number; place: number }[]; clusters: Element[] } {
  const segment = first(file, SEGMENT)
  const cues = elements(first(segment, CUES)).map(({ data }) => ({
    timeMs: number(first(data, 0xb3)),
    place: number(first(first(data, 0xb7), 0xf1)),
  }))
  const clusters = elements(segment).filter(({ id }) => id === CLUSTER)
  return { durationMs: first(first(segment, INFO), DURATION).readDoubleBE(), cues, clusters }
}

t.test('a film has its duration, and an index that points to each cluster', async (t) => {
  const picture = (timeMs: number, isKey: boolean): Picture => ({ timeMs, isKey, bytes: Uint8Array.of(timeMs / 40) })
  const pictures = [picture(0, true), picture(40, false), picture(80, true), picture(120, false), picture(160, true)]
  const file = Buffer.from(webm({ width: 640, height: 360, durationMs: 200, pictures }))
  const { durationMs, cues, clusters } = indexOf(file)
  t.equal(durationMs, 200)
  t.same(
    cues,
    [0, 80, 160].map((timeMs, index) => ({ timeMs, place: clusters[index]?.at })),
  )
  const blocks = clusters.flatMap(({ data }) => elements(data).filter(({ id }) => id === 0xa3))
  t.same(
    blocks.map(({ data }) => [data.readInt16BE(1), data[3], data[4]]),
    [
      [0, 0x80, 0],
      [40, 0, 1],
      [0, 0x80, 2],
      [40, 0, 3],
      [0, 0x80, 4],
    ],
  )
})

t.test('the clips are small, ten seconds long, and can be entered at each second', async (t) => {
  const names = readdirSync(CLIPS)
  t.same(names.sort(), ['pendulums.webm', 'rain.webm', 'sunrise.webm'])
  for (const name of names) {
    const file = readFileSync(new URL(name, CLIPS))
    t.ok(file.length < 200_000, name)
    const { durationMs, cues } = indexOf(file)
    t.equal(durationMs, 10_000)
    t.same(
      cues.map(({ timeMs }) => timeMs),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => second * 1000),
    )
  }
})
