import { BeamishError, show } from '../core/errors.ts'

/** A component is used twice. `code` is `BEAMISH_DUPLICATE_COMPONENT`. */
export function duplicateComponent(moduleName: string, id: unknown): BeamishError {
  return new BeamishError(
    'BEAMISH_DUPLICATE_COMPONENT',
    `found duplicate ID ${show(id)} of ${moduleName}: two components of one module in one view need two ids.`,
  )
}

/** A component's markup is not one element. `code` is `BEAMISH_COMPONENT_ROOT`. */
export function noRoot(moduleName: string, place: string): BeamishError {
  return new BeamishError(
    'BEAMISH_COMPONENT_ROOT',
    `${moduleName}.render must give exactly one element with everything in it, written in the template itself (at ${place}): ` +
      'the client finds the component by it.',
  )
}

/** A component goes elsewhere while it is rendered. `code` is `BEAMISH_REDIRECT_IN_UPDATE`. */
export function redirectInUpdate(moduleName: string, callback: string): BeamishError {
  return new BeamishError(
    'BEAMISH_REDIRECT_IN_UPDATE',
    `${moduleName}.${callback} cannot go elsewhere: it runs in the middle of a render. Do it in handleEvent, or in the view.`,
  )
}
