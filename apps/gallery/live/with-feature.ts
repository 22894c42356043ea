import { attachHook, cont, type OnMount } from 'beamish/live-view'
import { featureAt } from '../features.ts'
import { sourceOf } from '../source.ts'

/** Before the callbacks of each view: what the layout shows of its page. */
export const withFeature: OnMount = (_params, _session, socket) => {
  attachHook(socket, 'feature', 'handleParams', async (_params, uri, socket) => {
    const feature = featureAt(new URL(uri).pathname)
    const source = feature && (await sourceOf(feature.file))
    socket.assign({ feature, source, pageTitle: feature?.title })
    return cont()
  })
  return cont()
}
