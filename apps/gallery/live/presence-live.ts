import { self } from 'beamish'
import { isBroadcast } from 'beamish/channel'
import { each, html, LiveView } from 'beamish/live-view'
import { Presence, PubSub } from 'beamish/pubsub'

const TOPIC = 'presence page'
const ANIMALS = ['Otter', 'Heron', 'Lynx', 'Badger', 'Stoat', 'Curlew', 'Marten', 'Plover']

/** Who is on the page. A child of the tree, after the PubSub that it tells of changes. */
export const GalleryPresence = Presence.define({ name: 'gallery presence', pubsub: 'gallery' })

interface Guest {
  readonly id: string
  readonly name: string
}

interface Here {
  me: Guest
  guests: readonly Guest[]
  wave: string
}

export const PresenceLive = LiveView.define<Here>({
  module: 'PresenceLive',

  mount: async (_params, _session, socket) => {
    const name = ANIMALS[Math.floor(Math.random() * ANIMALS.length)] ?? ''
    const me = { id: socket.id, name }
    socket.assign({ me, guests: [], wave: '' })
    if (!socket.connected) return // the page over HTTP is nobody
    PubSub.subscribe('gallery', TOPIC)
    await GalleryPresence.track(self(), TOPIC, me.id, { name })
    socket.assign({ guests: await guestsHere() })
  },

  handleEvent: {
    wave: (_value, socket) => void PubSub.broadcast('gallery', TOPIC, { type: 'wave', from: socket.assigns.me.name }),
  },

  handleInfo: async (message, socket) => {
    if (isBroadcast(message))
      socket.assign({ guests: await guestsHere() }) // 'presence_diff'
    else if (message.type === 'wave') socket.assign({ wave: message.from })
  },

  render: ({ me, guests, wave }) => html`<section class="card stack">
    <ul class="guests">${each(
      guests,
      ({ id }) => id,
      ({ id, name }) => html`<li class=${id === me.id && 'me'}>${name}${id === me.id && ' (you)'}</li>`,
    )}</ul>
    <div class="row"><button phx-click="wave">Wave</button> <p aria-live="polite" id="wave">${wave && `${wave} waves.`}</p></div>
  </section>`,
})

async function guestsHere(): Promise<Guest[]> {
  const present = Object.entries(await GalleryPresence.list(TOPIC))
  return present.map(([id, { metas }]) => ({ id, name: String(metas[0]?.['name']) }))
}
