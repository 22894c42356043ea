/** How a page talks to the server: `?transport=longpoll`, `?serializer=msgpack`; WebSocket and JSON unless told otherwise. */
export interface Way {
  readonly transport: 'websocket' | 'longpoll'
  readonly serializer: 'json' | 'msgpack'
}

/** Reads it from the query of the page's address. */
export function wayOf(query: string): Way {
  const asked = new URLSearchParams(query)
  return {
    transport: asked.get('transport') === 'longpoll' ? 'longpoll' : 'websocket',
    serializer: asked.get('serializer') === 'msgpack' ? 'msgpack' : 'json',
  }
}

/** For people; empty for the way that everybody takes. */
export function wordsOf({ transport, serializer }: Way): string {
  const words = [transport === 'longpoll' ? 'long poll' : '', serializer === 'msgpack' ? 'MessagePack' : '']
  return words.filter((word) => word !== '').join(', ')
}
