import { AssertionError } from 'node:assert'

/** What a test of a live view fails with. */
export function wrong(message: string): AssertionError {
  return new AssertionError({ message, operator: 'LiveViewTest' })
}
