import type { Diff } from './differ.ts'
import { ListPrint, NodePrint, type Print } from './prints.ts'
import { KEYS } from './wire-keys.ts'

// The client takes an element over as it is, without looking into it, when nothing of its own template has changed. So a component
// inside of one that changed must be mentioned where it stands, or its change never gets onto the page. Source: newRender and
// skip in rendered.js of phoenix_live_view.

/**
 * Mentions components where they stand inside of elements.
 * @param print - the tree that they stand in, as the client will have it.
 * @param diff - what is sent of that tree. It is changed.
 * @returns what is to be sent of it then.
 */
export function mention(print: NodePrint, diff: Diff | undefined, cids: ReadonlySet<number>): Diff | undefined {
  return inPositions(print.dynamics, diff, { cids, isInElement: false })
}

interface Search {
  readonly cids: ReadonlySet<number>
  readonly isInElement: boolean
}

function inPositions(prints: readonly Print[], diff: Diff | undefined, search: Search): Diff | undefined {
  let sent = diff
  for (const [index, print] of prints.entries()) {
    const found = inPosition(print, sent?.[index], search)
    if (found === undefined) continue
    sent ??= {}
    sent[index] = found
  }
  return sent
}

function inPosition(print: Print, sent: unknown, search: Search): unknown {
  if (typeof print === 'number') return search.isInElement && search.cids.has(print) ? print : sent
  if (print instanceof ListPrint) return inList(print, asDiff(sent), search)
  if (!(print instanceof NodePrint)) return sent
  const isInElement = search.isInElement || print.template.hasRoot
  return inPositions(print.dynamics, asDiff(sent), { ...search, isInElement })
}

function inList({ entries }: ListPrint, diff: Diff | undefined, search: Search): Diff | undefined {
  let sent = asDiff(diff?.[KEYS.entries])
  for (const [index, entry] of entries.entries()) {
    const [from, content] = placeAndContent(sent?.[index])
    const found = inPositions(entry, content, search)
    if (found === undefined || found === content) continue
    sent ??= { [KEYS.count]: entries.length }
    sent[index] = from === undefined ? found : [from, found]
  }
  if (sent === undefined) return diff
  return { ...diff, [KEYS.entries]: sent }
}

/** Where an entry came from, if it moved, and what is sent of it. */
function placeAndContent(sent: unknown): [from: unknown, content: Diff | undefined] {
  if (Array.isArray(sent)) return [sent[0], asDiff(sent[1])]
  if (typeof sent === 'number') return [sent, undefined]
  return [undefined, asDiff(sent)]
}

/** Sound: what the differ wrote there is one, or nothing. */
function asDiff(sent: unknown): Diff | undefined {
  return sent as Diff | undefined
}
