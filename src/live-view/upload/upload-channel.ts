import { CheckedSpec } from '../../../supervisors/child-spec.ts'
import { type Starters, starters } from '../../behaviours/start.ts'
import type { Joinable, Membership } from '../../channel/joinable.ts'
import type { StartOptions } from '../../runtime/start.ts'
import { UploaderCode } from './uploader-process.ts'

/** How long a writer may take to close when the endpoint stops. */
const SHUTDOWN_MS = 5000

/**
 * A client sends one chunk and waits for its answer. One that does not wait ends its upload, and its view: chunks that nobody has
 * written yet must not pile up.
 */
const MAILBOX = { limit: 16, onOverflow: 'exit' } as const

const uploaders: Starters<readonly [Membership], StartOptions> = starters({
  what: 'LiveUpload',
  check: () => {},
  code: (membership) => new UploaderCode(membership as Membership),
})

/** What stands behind the topics `lvu:*`. */
export const UploadChannel: Joinable = {
  moduleName: 'LiveUpload',
  specFor: (membership) =>
    new CheckedSpec(
      'LiveUpload',
      uploaders.tryStartLink,
      [membership, { mailbox: MAILBOX }],
      'temporary',
      SHUTDOWN_MS,
      'worker',
      false,
    ),
}
