/** How a file may have been compressed beforehand: the coding, and what is put after the name. The best first. */
export const ENCODINGS = [
  { coding: 'br', suffix: '.br' },
  { coding: 'gzip', suffix: '.gz' },
] as const

/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number]

/**
 * Which of our encodings a client takes, the best for us first. Pure.
 * @param header - its `accept-encoding`.
 * Semantics: RFC 9110 §12.5.3. A weight only tells yes from no: all of ours are better for everybody than none.
 */
export function acceptedEncodings(header: string | undefined): readonly Encoding[] {
  const weights = new Map((header ?? '').toLowerCase().split(',').map(weigh))
  return ENCODINGS.filter(({ coding }) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0)
}

function weigh(entry: string): readonly [coding: string, weight: number] {
  const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
  return [coding === 'x-gzip' ? 'gzip' : coding, /^\d+(\.\d*)?$/.test(weight) ? Number(weight) : 0]
}
