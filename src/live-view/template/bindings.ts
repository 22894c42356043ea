/** Attributes whose value is the name of an event, or commands. Source: the client's `binding(…)` with `JS.exec`. */
const BINDINGS = new Set(
  [
    'click click-away change submit auto-recover mounted remove connected disconnected',
    'keydown keyup focus blur window-keydown window-keyup window-focus window-blur viewport-top viewport-bottom',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `phx-${name}`),
)

/**
 * Whether the client performs the value of an attribute when it begins with `[`: as commands, among them one that sets `onclick`. So
 * no text from elsewhere may begin so there.
 */
export function isBinding(attribute: string): boolean {
  return BINDINGS.has(attribute.toLowerCase())
}
