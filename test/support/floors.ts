// The house as a table: which room may import which. Compared with every import in test/floors.test.ts.

/** Rooms from the top of the house down: a room may import the rooms after it, never those before. */
export const ROOMS = [
  'src/testing',
  'src/live-view',
  'src/endpoint',
  'src/http',
  'src/socket',
  'src/channel',
  'src/cluster',
  'src/presence',
  'src/pubsub',
  'src/process-groups',
  'src/registry',
  'src/application',
  'supervisors',
  'src/sys',
  'src/behaviours',
  'src/runtime',
  'src/reports',
  'src/client',
  'src/wire',
  'src/token',
  'src/telemetry',
  'src/core',
] as const

/** Rooms that use nothing from the npm registry. */
const BARE_ROOMS: readonly string[] = ['src/core', 'src/runtime', 'src/reports', 'src/telemetry', 'supervisors']

/** One `import` or `export … from` of one file. */
export interface Import {
  readonly file: string
  /** As written: `'../core/pid.ts'`, `'xstate'`. */
  readonly specifier: string
}

/** Every specifier that a source file imports, statically or dynamically. Comments do not count. */
export function specifiersIn(source: string): string[] {
  // Strings are matched first, so that the /* in 'image/*' opens no comment; template literals may quote code: they go too.
  const noise = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/.*$/gm
  const code = source.replace(noise, (_, string: string | undefined) => string ?? '``')
  const pattern =
    /(?:^|[;\s])(?:import|export)\s(?:[^'"`;()]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g
  return [...code.matchAll(pattern)].map((match) => (match[1] ?? match[2]) as string)
}

/** What is wrong with an import, in one line; `undefined` when it is allowed. */
export function violation({ file, specifier }: Import): string | undefined {
  if (specifier === 'uWebSockets.js' && file !== 'src/endpoint/uwebsockets.ts')
    return `${file}: only src/endpoint/uwebsockets.ts knows uWebSockets.js`
  return specifier.startsWith('.') ? localViolation(file, specifier) : packageViolation(file, specifier)
}

function packageViolation(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const room = roomOf(file)
  if (room !== undefined && /^beamish(\/|$)/.test(specifier))
    return `${file}: inside the house import the file itself, not the door ${specifier}`
  if (room !== undefined && BARE_ROOMS.includes(room))
    return `${file}: ${room} imports no package, but here ${specifier}`
  return undefined
}

function localViolation(file: string, specifier: string): string | undefined {
  const target = resolve(file, specifier)
  if (!/\.(ts|js|mjs|json)$/.test(target)) return `${file}: write the extension: ${specifier}`
  const [from, to] = [roomOf(file), roomOf(target)]
  if (file.startsWith('apps/'))
    return target.startsWith(appOf(file)) || target.startsWith('apps/shared/')
      ? undefined
      : `${file}: apps use the public doors (beamish/…), not ${specifier}`
  if (from === undefined || isDoor(file)) return undefined
  if (to === undefined) return `${file}: ${specifier} is outside the house`
  if (isDoor(target)) return `${file}: inside the house import the file itself, not the door ${specifier}`
  if (from !== to && indexOf(from) > indexOf(to))
    return `${file}: ${from} lies below ${to} and may not import ${specifier}`
  return undefined
}

/** The folder of an app: `apps/chat/`. */
function appOf(file: string): string {
  return `${file.split('/').slice(0, 2).join('/')}/`
}

function isDoor(file: string): boolean {
  return file.endsWith('/index.ts')
}

function indexOf(room: string): number {
  return (ROOMS as readonly string[]).indexOf(room)
}

/** The room that a file lies in; `undefined` for tests, benches and apps. */
export function roomOf(file: string): string | undefined {
  return ROOMS.find((room) => file.startsWith(`${room}/`))
}

function resolve(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop()
    else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}
