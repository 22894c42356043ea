import { Channel, type ConnectInfo, ok } from 'beamish/channel'

/** `info`: what the connection's request said. */
export const InfoChannel = Channel.define<{ info: ConnectInfo; params: object }>({
  module: 'InfoChannel',
  join: (_topic, _params, { assigns: { info, params } }) => {
    const { path, query, host, scheme } = info.uri ?? { path: null, query: null, host: null, scheme: null }
    return ok({
      peer: info.peerData,
      x_headers: info.xHeaders,
      trace: info.traceContextHeaders,
      uri: { path, query, host, scheme },
      user_agent: info.userAgent,
      sec: info.secWebsocketHeaders,
      custom: info['custom'],
      params,
    })
  },
})
