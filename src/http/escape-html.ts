const SPECIAL = /[&<>"']/
const ALL_SPECIAL = /[&<>"']/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML, safe between tags and between quotes. Semantics: Plug.HTML.html_escape/1. */
export function escapeHtml(text: string): string {
  // Nearly no text has anything to escape: one look is quicker than a replacement.
  return SPECIAL.test(text) ? text.replace(ALL_SPECIAL, (char) => ENTITIES[char] as string) : text
}
