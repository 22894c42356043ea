import type { Person } from './presence.ts'

/** Who else writes now, in words; `''` when nobody does. */
export function typingWords(people: readonly Person[], myId: number): string {
  const names = people.filter(({ id, isTyping }) => isTyping && id !== myId).map(({ name }) => name)
  if (names.length === 0) return ''
  if (names.length > 3) return 'Several people are writing…'
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} writing…`
}
