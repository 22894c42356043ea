import { type AnyActorRef, createActor, fromCallback } from 'xstate'
import { perSecond } from './question.ts'

// The same question put to other actor libraries of the registry, in their own idiom. Each delivers asynchronously or on the
// sender's stack as it does by itself: nothing is added to make them alike.

type Serve = { type: 'ping'; from: AnyActorRef }

/** xstate: callback actors; the receiver runs inside `send`. */
async function xstatePingPong(scale: number): Promise<number> {
  const rounds = Math.ceil(300_000 * scale)
  let left = rounds
  let done = () => {}
  const pong = createActor(fromCallback<Serve>(({ receive }) => receive((event) => event.from.send({ type: 'pong' }))))
  const ping = createActor(
    fromCallback(({ receive, self }) => {
      receive(() => {
        if (--left === 0) done()
        else pong.send({ type: 'ping', from: self })
      })
    }),
  )
  pong.start()
  ping.start()
  const figure = await perSecond(
    rounds,
    () =>
      new Promise<void>((resolve) => {
        done = resolve
        ping.send({ type: 'pong' })
      }),
  )
  ping.stop()
  pong.stop()
  return figure
}

async function xstateSpawn(scale: number): Promise<number> {
  const count = Math.ceil(50_000 * scale)
  const logic = fromCallback(() => {})
  return perSecond(count, async () => {
    for (let i = 0; i < count; i++) createActor(logic).start().stop()
  })
}

/** What is used of nact; it brings types of its own only in TypeScript sources. */
interface Nact {
  start(): NactRef
  spawn(parent: NactRef, handle: (state: never, message: never, context: NactContext) => unknown): NactRef
  spawnStateless(parent: NactRef, handle: (message: never, context: NactContext) => unknown): NactRef
  dispatch(to: NactRef, message: unknown): void
  stop(ref: NactRef): void
}
type NactRef = { readonly nact: true }
interface NactContext {
  readonly self: NactRef
}

async function loadNact(): Promise<Nact | undefined> {
  const name = new URL('../../../bench/peers/node_modules/nact/lib/index.js', import.meta.url).href
  try {
    const loaded = (await import(name)) as Nact & { default?: Nact }
    return loaded.default ?? loaded
  } catch {
    return undefined
  }
}

function nactPingPong(nact: Nact): (scale: number) => Promise<number> {
  return async (scale) => {
    const rounds = Math.ceil(30_000 * scale)
    const system = nact.start()
    let left = rounds
    const figure = await perSecond(
      rounds,
      () =>
        new Promise<void>((resolve) => {
          const pong = nact.spawnStateless(system, (message: { from: NactRef }) => nact.dispatch(message.from, 'pong'))
          const ping = nact.spawnStateless(system, (_message: unknown, context) => {
            if (--left === 0) resolve()
            else if (left > 0) nact.dispatch(pong, { from: context.self })
          })
          nact.dispatch(ping, 'go')
        }),
    )
    nact.stop(system)
    return figure
  }
}

function nactRing(nact: Nact, tokens: number): (scale: number) => Promise<number> {
  return async (scale) => {
    const hops = Math.ceil(60_000 * scale)
    const system = nact.start()
    let left = hops
    const figure = await perSecond(
      hops,
      () =>
        new Promise<void>((resolve) => {
          const nodes: NactRef[] = []
          for (let i = 0; i < 1000; i++) {
            nodes.push(
              nact.spawnStateless(system, () => {
                if (--left === 0) resolve()
                else if (left > 0) nact.dispatch(nodes[(i + 1) % 1000] as NactRef, 'token')
              }),
            )
          }
          for (let i = 0; i < tokens; i++) nact.dispatch(nodes[Math.floor((i * 1000) / tokens)] as NactRef, 'token')
        }),
    )
    nact.stop(system)
    return figure
  }
}

/** The peers of each question, as far as they are there. */
export async function findPeers(): Promise<
  Readonly<Record<string, Record<string, (scale: number) => Promise<number>>>>
> {
  const nact = await loadNact()
  return {
    'ping-pong': { xstate: xstatePingPong, ...(nact && { nact: nactPingPong(nact) }) },
    'ring-1': nact ? { nact: nactRing(nact, 1) } : {},
    'ring-100': nact ? { nact: nactRing(nact, 100) } : {},
    spawn: { xstate: xstateSpawn },
  }
}
