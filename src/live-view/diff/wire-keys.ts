/**
 * The keys of the tree on the wire, spelled as the client reads them: here and nowhere else.
 * Semantics: liveview.md §5.1, §5.8; constants.ts of phoenix_live_view.
 */
export const KEYS = {
  /** Statics of a node: strings, the index of shared ones, or in a component another component. */
  statics: 's',
  /** At the top, or at a list in a component: statics that several nodes share. */
  shared: 'p',
  /** Entries of a list. */
  entries: 'k',
  /** Among the entries: how many there are. */
  count: 'kc',
  /** Among the entries: some came from another place. */
  moved: 'km',
  stream: 'stream',
  /** Inside the tree: exactly one element. At the top of a message it is {@link KEYS.reply}. */
  root: 'r',
  /** At the top: components by cid. */
  components: 'c',
  /** At the top: events for the page. */
  events: 'e',
  /** At the top: what an event is answered with. */
  reply: 'r',
  /** At the top: the title of the page. */
  title: 't',
} as const
