import { fileURLToPath } from 'node:url'

/** One line of a stack. */
export interface Frame {
  /** `handleCall.add`, or `undefined` for code of no function. */
  readonly call: string | undefined
  /** Path, line and column, as the stack has them. */
  readonly place: string
  /** Whose code it is. */
  readonly owner: 'app' | 'dependency' | 'beamish' | 'node'
}

const FRAME = /^\s+at (?:(.+?) \(|async )?(.+?:\d+:\d+|native|<anonymous>|index \d+)\)?$/

/**
 * The frames of an `Error`'s stack, innermost first. Lines that are no frames (the message) are skipped.
 *
 * Places are what Node put there: with `--enable-source-maps` those of the sources.
 * @param roots - where this library lives: directories that end in `/`.
 */
export function parseStack(stack: string, roots: readonly string[]): Frame[] {
  return stack.split('\n').flatMap((line) => {
    const match = FRAME.exec(line)
    if (match === null) return []
    const place = pathOf(match[2] as string)
    return [{ call: match[1]?.replace(CALLED_BY_US, '$1'), place, owner: ownerOf(place, roots) }]
  })
}

/** The author wrote `boom`; that we keep it as the method `call` of a `Callback` is our affair. */
const CALLED_BY_US = /^Callback\.(.+?)(?: \[as call\])?$/

function pathOf(place: string): string {
  if (!place.startsWith('file://')) return place
  try {
    return fileURLToPath(place)
  } catch {
    return place
  }
}

function ownerOf(place: string, roots: readonly string[]): Frame['owner'] {
  if (place.startsWith('node:') || !/[/\\]/.test(place)) return 'node'
  if (roots.some((root) => place.startsWith(root))) return 'beamish'
  return place.includes('/node_modules/') ? 'dependency' : 'app'
}

/** Directories of the library, seen from the directory that holds `src`. */
const ROOMS = ['src/', 'supervisors/']
/** This file, seen from there. In a bundle it has another name, and then nothing can be told apart. */
const THIS_FILE = /^(.*\/)src\/reports\/stack\.[jt]s/

/**
 * Where this library lives, as stacks of this moment show it.
 *
 * Looked up each time: `process.setSourceMapsEnabled` may have changed what a stack says.
 */
export function libraryRoots(): readonly string[] {
  const seenInStack = parseStack(new Error().stack ?? '', [])[0]?.place ?? ''
  const homes = [pathOf(import.meta.url), seenInStack].flatMap((path) => THIS_FILE.exec(path)?.[1] ?? [])
  return [...new Set(homes)].flatMap((home) => ROOMS.map((room) => home + room))
}
