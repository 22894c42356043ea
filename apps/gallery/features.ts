/** One page of the gallery. */
export interface Feature {
  readonly path: string
  readonly title: string
  /** What it shows, in a sentence. */
  readonly lead: string
  /** Where it is written, in `live/`. */
  readonly file: string
}

/** Every page, in the order in which a newcomer may want to read them. */
export const FEATURES: readonly Feature[] = [
  {
    path: '/counter',
    title: 'Events',
    lead: 'A click goes to the view, the view changes what it knows, and the page shows what changed.',
    file: 'counter-live.ts',
  },
  {
    path: '/form',
    title: 'Forms',
    lead: 'A form is validated by a schema as it is typed, and complains about a field once that was used.',
    file: 'form-live.ts',
  },
  {
    path: '/lists',
    title: 'Lists',
    lead: 'Keys say which item is which: one that moves is a number on the wire, and what you typed into its row goes along.',
    file: 'lists-live.ts',
  },
  {
    path: '/streams',
    title: 'Streams',
    lead: 'A list without end: the page keeps a few dozen entries, the server none.',
    file: 'streams-live.ts',
  },
  {
    path: '/components',
    title: 'Components',
    lead: 'Parts with a state and events of their own, inside the process of their view.',
    file: 'components-live.ts',
  },
  {
    path: '/async',
    title: 'Async',
    lead: 'What takes its time is loaded beside the view, which goes on meanwhile, and hears how it came out.',
    file: 'async-live.ts',
  },
  {
    path: '/navigation',
    title: 'Navigation',
    lead: 'To another address of a view, to another view, and to where the page must be loaded.',
    file: 'navigation-live.ts',
  },
  {
    path: '/flash',
    title: 'Flash',
    lead: 'A word to whoever just did something, on this page or on the next.',
    file: 'flash-live.ts',
  },
  {
    path: '/commands',
    title: 'Commands',
    lead: 'A dialog, tabs and a menu that need no server: the page performs what the view wrote down.',
    file: 'commands-live.ts',
  },
  {
    path: '/nested',
    title: 'Views in views',
    lead: 'Each with a process of its own: one crashes alone, and one stays while you go elsewhere.',
    file: 'nested-live.ts',
  },
  {
    path: '/uploads',
    title: 'Uploads',
    lead: 'Pictures with a preview and a progress, checked before they come and while they do.',
    file: 'uploads-live.ts',
  },
  {
    path: '/hooks',
    title: 'Hooks',
    lead: 'Where only a script will do: it talks with the view in both directions.',
    file: 'hooks-live.ts',
  },
  {
    path: '/presence',
    title: 'Presence',
    lead: 'Who else is here, and a wave to all of them. Open this page twice.',
    file: 'presence-live.ts',
  },
  {
    path: '/portals',
    title: 'Portals',
    lead: 'Content that belongs here and is shown elsewhere, where nothing cuts it off.',
    file: 'portals-live.ts',
  },
]

/** The page that an address belongs to, with what lies below it; `undefined` for the first page. */
export function featureAt(path: string): Feature | undefined {
  return FEATURES.find((feature) => path === feature.path || path.startsWith(`${feature.path}/`))
}
