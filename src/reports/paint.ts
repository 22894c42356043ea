/** Colours for a terminal, or none. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  green(text: string): string
  cyan(text: string): string
}

const same = (text: string): string => text
const between =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`

/** No colours. */
export const PLAIN: Paint = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

/** The eight colours that every terminal has, in the terminal's own shades. */
export const ANSI: Paint = {
  bold: between(1, 22),
  dim: between(2, 22),
  red: between(31, 39),
  yellow: between(33, 39),
  green: between(32, 39),
  cyan: between(36, 39),
}

/**
 * Whether to colour what goes to this stream: only a terminal, and only while nobody objects.
 *
 * `NO_COLOR` (https://no-color.org), `NODE_DISABLE_COLORS` and `TERM=dumb` object.
 */
export function wantsColors(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  if (stream.isTTY !== true || environment['TERM'] === 'dumb') return false
  return !environment['NO_COLOR'] && !environment['NODE_DISABLE_COLORS']
}
