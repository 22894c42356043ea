import type { Message } from '../rooms/messages.ts'

/** A message as a line of a terminal; its further lines are below its first. */
export function lineOf({ at, name, body, isDeleted, isEdited, attachments }: Message): string {
  const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false })
  const files = attachments.map(({ name }) => `[${name}]`)
  const text = isDeleted ? '(deleted)' : [body, ...files].filter(Boolean).join(' ')
  const margin = ' '.repeat(time.length + name.length + 3)
  return `${time} ${name}: ${text.replaceAll('\n', `\n${margin}`)}${isEdited && !isDeleted ? ' (edited)' : ''}`
}
