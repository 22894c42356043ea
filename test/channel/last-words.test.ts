import t from 'tap'
import type { ChannelCallbacks } from '../../src/channel/channel.ts'
import { push } from '../../src/channel/messaging.ts'
import { ok, reply } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import { exit, type Pid, Process, self, sleep, spawnLink, trapExit } from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { idle } from '../support/processes.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

type Room = Partial<ChannelCallbacks<Record<string, unknown>>>

async function serve(more: Room) {
  const pids: Pid[] = []
  const room = testRoom({
    join: () => {
      pids.push(self())
      return ok()
    },
    ...more,
  })
  const { port, tree } = await startEndpoint({
    sockets: { '/socket': Socket.define({ channels: { 'room:*': room } }) },
  })
  const client = await RawClient.open(port)
  await client.join('room:a')
  return { client, tree, pids }
}

/** A stop that the test does not wait for. */
function stopping(tree: Pid): { isOver: boolean } {
  const stop = { isOver: false }
  Promise.resolve(Supervisor.stop(tree, 'shutdown')).then(() => {
    stop.isOver = true
  })
  return stop
}

t.test('an endpoint that stops waits for the last words of its channels', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const words: unknown[] = []
    const { client, tree, pids } = await serve({
      terminate: async (reason) => {
        await sleep(3000)
        words.push(reason)
      },
    })
    const stop = stopping(tree)
    t.equal(await client.closed, 1012, 'its client has been told to come back elsewhere')
    await clock.advance(2999)
    t.ok(Process.isAlive(pids[0] as Pid) && !stop.isOver)
    t.same(words, [])
    await clock.advance(1)
    t.ok(stop.isOver)
    t.same(words, [shutdown('draining')])
    t.same(
      reports.filter(({ level }) => level === 'error'),
      [],
    )
  }),
)

t.test('last words come after what the channel is doing when the endpoint stops', (t) =>
  withRuntime(async ({ clock }) => {
    const done: unknown[] = []
    const { client, tree } = await serve({
      handleIn: {
        save: async () => {
          await sleep(1000)
          done.push('saved')
          return reply()
        },
      },
      terminate: async (reason) => {
        await sleep(1000)
        done.push(reason)
      },
    })
    client.send('1', '2', 'room:a', 'save', {})
    await client.rest()
    const stop = stopping(tree)
    await client.closed
    await clock.advance(1999)
    t.same(done, ['saved'])
    await clock.advance(1)
    t.same(done, ['saved', shutdown('draining')])
    t.ok(stop.isOver)
  }),
)

t.test('a channel that takes longer than its limit is killed, and the endpoint stops', (t) =>
  withRuntime(async ({ clock }) => {
    const { client, tree, pids } = await serve({ shutdown: 1000, terminate: () => new Promise(() => {}) })
    const stop = stopping(tree)
    await client.closed
    await clock.advance(999)
    t.ok(Process.isAlive(pids[0] as Pid) && !stop.isOver)
    await clock.advance(1)
    t.notOk(Process.isAlive(pids[0] as Pid))
    t.ok(stop.isOver)
  }),
)

t.test('a leave in the middle of its last words is no reason to cut them off', (t) =>
  withRuntime(async ({ clock }) => {
    const words: unknown[] = []
    const { client, tree } = await serve({
      terminate: async (reason, socket) => {
        await sleep(1000)
        push(socket, 'bye', {})
        words.push(reason)
      },
    })
    client.send('1', '2', 'room:a', 'phx_leave', {})
    await client.take(2)
    const stop = stopping(tree)
    await client.closed
    await clock.advance(1000)
    t.same(words, [shutdown('left')])
    t.ok(stop.isOver)
  }),
)

t.test('a connection that closes waits for nobody, and its channels say their last words all the same', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const words: unknown[] = []
    const { client, pids } = await serve({
      terminate: async (reason) => {
        await sleep(1000)
        words.push(reason)
      },
    })
    client.close()
    await client.closed
    await settle()
    t.ok(Process.isAlive(pids[0] as Pid))
    const size = runtime.size
    await clock.advance(1000)
    t.same(words, [shutdown('closed')])
    t.equal(runtime.size, size - 1)
  }),
)

t.test('what a channel is linked to takes it along while it is connected, and not when it is about to end', (t) =>
  withRuntime(async ({ clock }) => {
    const words: unknown[] = []
    const workers: Pid[] = []
    const { client, pids } = await serve({
      handleIn: {
        work: async ({ ms }) => {
          workers.push(spawnLink(idle))
          await sleep(ms)
          return reply()
        },
      },
      terminate: (reason) => void words.push(reason),
    })
    client.send('1', '2', 'room:a', 'work', { ms: 0 })
    await client.next()
    exit(workers[0] as Pid, 'broken')
    t.equal((await client.next())[3], 'phx_error')
    t.notOk(Process.isAlive(pids[0] as Pid))
    t.same(words, [], 'an exit signal leaves no time for them')

    await client.join('room:a', '3')
    client.send('3', '4', 'room:a', 'work', { ms: 1000 })
    await client.rest()
    client.close()
    await client.closed
    await settle()
    exit(workers[1] as Pid, 'broken')
    await clock.advance(1000)
    t.same(words, [shutdown('closed')])
  }),
)

t.test('a channel that traps exits gets them as messages, and its last words all the same', (t) =>
  withRuntime(async ({ clock }) => {
    const heard: unknown[] = []
    const { client, tree, pids } = await serve({
      handleIn: {
        trap: () => {
          trapExit(true)
          return reply()
        },
      },
      handleInfo: (message) => void heard.push(message.type),
      terminate: (reason) => void heard.push(reason),
    })
    client.send('1', '2', 'room:a', 'trap', {})
    await client.next()
    exit(pids[0] as Pid, 'hello')
    await client.rest()
    const stop = stopping(tree)
    await client.closed
    await clock.advance(0)
    t.same(heard, ['exit', shutdown('draining')])
    t.ok(stop.isOver)
  }),
)
