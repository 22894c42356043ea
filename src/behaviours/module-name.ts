/**
 * What reports call a callback module that was given no name: the file and line where `define` was called.
 *
 * @param depth - how many calls lie between the author's code and this one.
 */
export function placeOfDefinition(depth: number): string {
  const line = new Error().stack?.split('\n')[depth + 2] ?? ''
  const match = /([^/\\(]+):(\d+):\d+\)?$/.exec(line)
  return match ? `${match[1]}:${match[2]}` : 'anonymous module'
}
