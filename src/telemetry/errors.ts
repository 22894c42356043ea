import { BeamishError } from '../core/errors.ts'

/**
 * A handler id that is in use.
 * `code` is `BEAMISH_HANDLER_EXISTS`. Semantics: `{error, already_exists}` of Erlang's `telemetry:attach/4`.
 */
export class HandlerExistsError extends BeamishError {
  constructor(handlerId: string) {
    super(
      'BEAMISH_HANDLER_EXISTS',
      `a telemetry handler with the id "${handlerId}" is attached already. ` +
        'Choose another id, or detach that one first: detach(handlerId).',
    )
    this.name = 'HandlerExistsError'
  }
}
