import { send } from 'beamish'
import { Channel, ok, push, refuse } from 'beamish/channel'
import { Token } from 'beamish/endpoint'
import { Registry } from 'beamish/pubsub'

/** Which page's channel is which process. */
export const PAGES = 'chat pages'
/** What a page proves itself with: it is written into the page, and names it. */
export const PAGE_TOKEN = 'chat page'
/** A page may stay open for so long before its script joins. */
const MAX_AGE_SECONDS = 86_400
const NEW_MESSAGE = 'new message'

/** `page:<id>`: the channel of one page, on the same connection as its view. Only the view of that page finds it. */
export const PageChannel = Channel.define({
  module: 'PageChannel',

  join: (topic, params, socket) => {
    const id = topic.slice('page:'.length)
    const token = Token.verify(socket, PAGE_TOKEN, params?.token, { maxAgeSeconds: MAX_AGE_SECONDS })
    if (token.type !== 'ok' || token.data !== id) return refuse({ reason: 'unauthorized' })
    Registry.register(PAGES, id)
    return ok()
  },

  handleInfo: (message, socket) => {
    if (message === NEW_MESSAGE) push(socket, 'new_message', {})
  },
})

/** Tells the script of a page that its view has rendered a new message. @param id - of the view, and of its channel. */
export function tellPage(id: string): void {
  for (const { pid } of Registry.lookup(PAGES, id)) send(pid, NEW_MESSAGE)
}
