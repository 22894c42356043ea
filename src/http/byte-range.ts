/** Bytes of a file: from `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads the header `range` of a request for `size` bytes. Pure.
 * @returns the bytes · `'unsatisfiable'` when there are none of them · `undefined` for all: the header is absent, in another
 * unit, malformed, or asks for several ranges, which a server may leave unheard.
 * Semantics: RFC 9110 §14.1.2, §14.2.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  return start < end ? { start, end } : 'unsatisfiable'
}
