/** A piece of a message: text as it is, or an address that can be followed. */
export type Piece = { readonly type: 'text' | 'link'; readonly text: string }

/** An address of the web in a text. What follows it as punctuation is not a part of it. */
const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g

/** Takes a message apart. */
export function piecesOf(body: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const { 0: address, index } of body.matchAll(ADDRESS)) {
    if (!URL.canParse(address)) continue
    if (index > end) pieces.push({ type: 'text', text: withEmoji(body.slice(end, index)) })
    pieces.push({ type: 'link', text: address })
    end = index + address.length
  }
  if (end < body.length) pieces.push({ type: 'text', text: withEmoji(body.slice(end)) })
  return pieces
}

const EMOJI: Readonly<Record<string, string>> = {
  smile: '😄',
  grin: '😁',
  joy: '😂',
  wink: '😉',
  heart: '❤️',
  thumbsup: '👍',
  '+1': '👍',
  '-1': '👎',
  tada: '🎉',
  fire: '🔥',
  rocket: '🚀',
  wave: '👋',
  eyes: '👀',
  thinking: '🤔',
  cry: '😢',
  coffee: '☕',
  bug: '🐛',
  check: '✅',
}

/** `:wave:` becomes what it names; names that nobody knows stay as they are. */
function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9+-]+):/g, (whole, name: string) => EMOJI[name] ?? whole)
}
