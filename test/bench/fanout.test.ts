import t from 'tap'
import { calmest } from '../../bench/fanout/bench.ts'
import { BroadcastRun } from '../../bench/fanout/client/broadcast-run.ts'
import { DIALECTS } from '../../bench/fanout/client/dialects.ts'
import { FrameReader } from '../../bench/fanout/client/frame-reader.ts'
import type { Member } from '../../bench/fanout/client/stage.ts'
import { Pair } from '../../bench/fanout/pair.ts'
import { paddingFor, v2Frame } from '../../bench/fanout/payload.ts'
import { percentile } from '../../bench/fanout/percentile.ts'
import { type Rounds, ratio } from '../../bench/fanout/questions.ts'
import { findSubjects, type Subject } from '../../bench/fanout/subjects.ts'
import { withoutUws } from '../support/adapters.ts'

const SOCKETS = 20

function subject(name: string): Subject {
  return findSubjects().find((found) => found.name === name) as Subject // throws below when there is none
}

async function withPair(name: string, work: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await Pair.open(subject(name))
  try {
    await work(pair)
  } finally {
    await pair.close()
  }
}

for (const name of ['beamish', 'beamish node', 'raw uWS']) {
  const skip = name !== 'beamish node' && withoutUws
  t.test(`${name}: every broadcast reaches every socket once, in order`, { skip }, async (t) => {
    await withPair(name, async (pair) => {
      await pair.connect(SOCKETS)
      for (const inFlight of [8, 1]) {
        const outcome = await pair.broadcast(64, { inFlight, forMs: 60_000, atMost: 50 })
        t.same([outcome.broadcasts, outcome.deliveries], [50, 50 * SOCKETS], `${inFlight} in flight`)
        t.same(outcome.bytes, [64], 'of the size that was asked for')
      }
      const { roundTrips } = await pair.echo({ bytes: 64, forMs: 60_000, atMost: 10 })
      t.equal(roundTrips, 10 * SOCKETS, 'every push has its reply')
      await pair.disconnect()
    })
  })
}

t.test(
  'members of three protocols cost three encodings a broadcast, however many they are',
  { skip: withoutUws },
  async (t) => {
    await withPair('beamish', async (pair) => {
      await pair.connect(SOCKETS, ['phoenix', 'phoenix-msgpack', 'phoenix-v1'])
      const { deliveries } = await pair.broadcast(64, { inFlight: 8, forMs: 60_000, atMost: 50 })
      t.equal(deliveries, 50 * SOCKETS, 'all of them hear all')
      t.equal(await pair.encodes(), 50 * 3)
    })
  },
)

// ── What the load client would notice ──

function members(count: number): Member[] {
  const dialect = DIALECTS.phoenix
  return Array.from({ length: count }, (_, index) => ({ index, dialect, expected: 0, send: () => {} }))
}

/** A run of four broadcasts to two clients, which get what `deliver` gives them. */
function runWith(deliver: (give: (client: number, sequence: number) => void) => void): Promise<unknown> {
  const clients = members(2)
  const run = new BroadcastRun(clients, { inFlight: 4, forMs: 60_000, atMost: 4 }, () => {})
  const padding = paddingFor(64, v2Frame)
  deliver((client, sequence) => {
    const frame = Buffer.from(v2Frame(sequence, padding))
    run.message(clients[client] as Member, frame, 0, frame.length)
  })
  return run.finished
}

const all = [0, 1, 2, 3]

t.test('four broadcasts to two clients are eight messages', async (t) => {
  const outcome = await runWith((give) => all.map((sequence) => [give(0, sequence), give(1, sequence)]))
  t.match(outcome, { broadcasts: 4, deliveries: 8, bytes: [64] })
})

const breakages: [string, (give: (client: number, sequence: number) => void) => void, string][] = [
  ['loses a message', (give) => [0, 1, 3].map((n) => give(1, n)), 'ahead: client 1 expected message 2, got 3'],
  ['doubles a message', (give) => [0, 1, 1].map((n) => give(0, n)), 'again: client 0 expected message 2, got 1'],
  ['swaps two messages', (give) => [0, 2, 1].map((n) => give(0, n)), 'ahead: client 0 expected message 1, got 2'],
  [
    'doubles the very last message',
    (give) => [...all.map((n) => give(0, n)), ...all.map((n) => give(1, n)), give(1, 3)],
    'again: client 1 expected message 4, got 3',
  ],
]

for (const [what, deliver, message] of breakages) {
  t.test(`a server that ${what} makes the run fail`, async (t) => {
    await t.rejects(runWith(deliver), { message })
  })
}

t.test('a message that is none of the run makes it fail', async (t) => {
  const clients = members(1)
  const run = new BroadcastRun(clients, { inFlight: 1, forMs: 60_000, atMost: 1 }, () => {})
  run.message(clients[0] as Member, Buffer.from('["1","1","b:1","phx_close",{}]'), 0, 30)
  await t.rejects(run.finished, { message: 'client 0 got a message out of place: ["1","1","b:1","phx_close",{}]' })
})

// ── Frames ──

function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const size = payload.length
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255]
  return Buffer.concat([Buffer.from([0x81, ...length]), payload])
}

t.test('frames are found however the stream is cut', async (t) => {
  const texts = ['a', '', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(300), 'e']
  const stream = Buffer.concat(texts.map(serverFrame))
  for (const step of [1, 2, 3, 7, 127, 128, stream.length]) {
    const found: string[] = []
    const reader = new FrameReader({
      frame: (_opcode, bytes, start, end) => found.push(bytes.toString('latin1', start, end)),
    })
    for (let at = 0; at < stream.length; at += step) {
      const chunk = Buffer.from(stream.subarray(at, at + step))
      reader.read(chunk, chunk.length)
      chunk.fill(0) // the reader may not look at it any more
    }
    t.same(found, texts, `in chunks of ${step}`)
  }
  let length = 0
  new FrameReader({
    frame: (_opcode, _bytes, start, end) => {
      length = end - start
    },
  }).read(serverFrame('f'.repeat(70_000)), 70_010)
  t.equal(length, 70_000)
})

// ── Figures ──

t.test('a ratio compares rounds of the same minute', async (t) => {
  const rounds: Rounds = {
    beamish: [{ figure: 100 }, { figure: 10 }, { figure: 50 }],
    'raw uWS': [{ figure: 200 }, { figure: 20 }, { figure: 50 }],
  }
  t.equal(ratio(rounds, 'raw uWS'), 0.5)
  t.ok(Number.isNaN(ratio(rounds, 'ws')), 'who is not there cannot be compared')
})

t.test('of more rounds than are wanted the calmest are kept, for all subjects the same', async (t) => {
  const round = (figure: number, othersCores: number) => ({ figure, othersCores })
  const taken: Rounds = {
    beamish: [round(1, 0), round(2, 0.1), round(3, 0), round(4, 0.3)],
    'raw uWS': [round(5, 0.9), round(6, 0), round(7, 0), round(8, 0)],
  }
  const kept = calmest(taken, 2)
  t.same(kept, { beamish: [round(2, 0.1), round(3, 0)], 'raw uWS': [round(6, 0), round(7, 0)] })
  t.same(calmest(taken, 4), taken)
})

t.test('a percentile is a figure that was taken', async (t) => {
  const figures = Array.from({ length: 100 }, (_, i) => 100 - i)
  t.same([percentile(figures, 50), percentile(figures, 99), percentile([], 99)], [50, 99, Number.NaN])
})
