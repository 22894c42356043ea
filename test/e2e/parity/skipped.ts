/** A spec that cannot hold here. */
export interface SkippedSpec {
  /** Below `tests`: `issues/3107.spec.js`. */
  readonly file: string
  /** Its name, with those of what it stands in before it, and a blank between them. */
  readonly title: string
  readonly reason: string
}

/** The specs that are not run, and why. */
export const SKIPPED: readonly SkippedSpec[] = []
