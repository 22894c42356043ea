// What must not compile, and what tasks of live views are known to give. Checked by the compiler, never run.
import {
  type AsyncResult,
  assignAsync,
  asyncResult,
  cancelAsync,
  error,
  getConnectInfo,
  html,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  ok,
  startAsync,
  streamAsync,
} from '../../src/live-view/index.ts'

interface User {
  readonly name: string
}
interface Shown {
  user: AsyncResult<User>
  count: AsyncResult<number>
  title: string
  rows: AsyncResult<true>
  streams: { rows: LiveStream<{ id: number }> }
}

export const Typed = LiveView.define<Shown>({
  mount: (_params, _session, socket) => {
    assignAsync(socket, 'user', async () => ok({ user: { name: 'Bob' } }))
    assignAsync(socket, ['user', 'count'], () => ok({ user: { name: 'Bob' }, count: 1 }), { reset: ['count'] })
    assignAsync(socket, 'count', () => error('none'))
    assignAsync(socket, 'count', () => (Math.random() > 0.5 ? ok({ count: 1 }) : error('none')))
    assignAsync(socket, 'count', function* () {
      return ok({ count: 1 })
    })
    streamAsync(socket, 'rows', async () => ok([{ id: 1 }], { reset: true }))
    startAsync(socket, ['load', 7], () => 1)
    cancelAsync(socket, socket.assigns.user)

    // @ts-expect-error a value of another type
    assignAsync(socket, 'user', async () => ok({ user: 7 }))
    // @ts-expect-error a key is missing
    assignAsync(socket, ['user', 'count'], () => ok({ user: { name: 'Bob' } }))
    // @ts-expect-error no such assign
    assignAsync(socket, 'nobody', () => ok({ nobody: 1 }))
    // @ts-expect-error what is returned is no result
    assignAsync(socket, 'count', () => 1)
    // @ts-expect-error a reset of what is not loaded
    assignAsync(socket, 'count', () => ok({ count: 1 }), { reset: ['user'] })
    // @ts-expect-error items of another kind
    streamAsync(socket, 'rows', () => ok(['a']))
    // @ts-expect-error no such stream
    streamAsync(socket, 'users', () => ok([]))
    // @ts-expect-error a name begins with a string
    startAsync(socket, [7, 'load'], () => 1)
    // @ts-expect-error a port is a number
    const port: string | undefined = getConnectInfo(socket, 'peerData')?.port
    return void port
  },
  handleAsync: {
    load: (result, socket) => {
      // @ts-expect-error there is no value unless it is ok
      socket.assign({ title: result.value })
      if (result.type === 'ok') socket.assign({ title: result.value })
    },
    // @ts-expect-error nobody waits for an answer
    wrong: () => 7,
  },
  render: ({ user }) =>
    html`${asyncResult(user, { loading: '…', failed: ({ type }) => type }, (one) => one.name)}${asyncResult(
      user,
      {},
      // @ts-expect-error a user has no age
      (one) => one.age,
    )}`,
})

/** A function for the sockets of any view. */
export const loadAnything = (socket: LiveViewSocket) => assignAsync(socket, 'anything', () => ok({ anything: 1 }))
