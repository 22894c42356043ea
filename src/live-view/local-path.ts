/**
 * Whether a text is a path of this site: it begins with one slash, and nothing in it makes a browser take it for another host.
 * Semantics: Phoenix.LiveView.Utils.valid_destination!; liveview.md §9.
 */
export function isLocalPath(text: string): boolean {
  return text.startsWith('/') && !text.startsWith('//') && !/\\|\/%09|\/\t|[\r\n]/.test(text)
}
