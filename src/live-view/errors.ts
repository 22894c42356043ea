import { BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'

/** A component is used twice. `code` is `BEAMISH_DUPLICATE_COMPONENT`. */
export function duplicateComponent(moduleName: string, id: unknown): BeamishError {
  return new BeamishError(
    'BEAMISH_DUPLICATE_COMPONENT',
    `found duplicate ID ${show(id)} of ${moduleName}: two components of one module in one view need two ids.`,
  )
}

/** A stream is shown twice. `code` is `BEAMISH_DUPLICATE_STREAM`. */
export function duplicateStream(name: string): BeamishError {
  return new BeamishError(
    'BEAMISH_DUPLICATE_STREAM',
    `the stream ${name} stands in two places of one render: what is new of it goes into one container. Use two streams.`,
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

/** A callback goes to two places. `code` is `BEAMISH_REDIRECTED`. */
export function redirected(first: string, second: string): BeamishError {
  return new BeamishError(
    'BEAMISH_REDIRECTED',
    `the callback has gone to ${show(first)} already, and cannot go to ${show(second)} too.`,
  )
}

/** A view patches before it is there. `code` is `BEAMISH_PATCH_IN_MOUNT`. */
export function patchInMount(moduleName: string, to: string): BeamishError {
  return new BeamishError(
    'BEAMISH_PATCH_IN_MOUNT',
    `${moduleName} attempted to live patch while mounting, to ${show(to)}. Patch in handleParams, or use pushNavigate.`,
  )
}

/** A view patches to an address of another one. `code` is `BEAMISH_FOREIGN_PATCH`. */
export function foreignPatch(moduleName: string, to: string, other: string | undefined): BeamishError {
  const what = other === undefined ? 'which is no live view' : `which is ${other}`
  return new BeamishError(
    'BEAMISH_FOREIGN_PATCH',
    `${moduleName} cannot patch to ${show(to)}, ${what}. Use pushNavigate for another live view, redirect for anything else.`,
  )
}

/** Patches without an end. `code` is `BEAMISH_TOO_MANY_PATCHES`. */
export function tooManyPatches(moduleName: string, count: number): BeamishError {
  return new BeamishError(
    'BEAMISH_TOO_MANY_PATCHES',
    `too many redirects: ${moduleName} patched ${count} times in a row without a render. Does handleParams always patch?`,
  )
}

/** A hook of `onMount` says one thing and does another. `code` is `BEAMISH_BAD_ON_MOUNT`. */
export function badOnMount(moduleName: string, problem: string): BeamishError {
  return new BeamishError('BEAMISH_BAD_ON_MOUNT', `a hook of onMount of ${moduleName} ${problem}`)
}

/** A page asked for an address that nothing answers. `code` is `BEAMISH_NO_ROUTE`. */
export function noRoute(moduleName: string, url: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_ROUTE',
    `the page of ${moduleName} asked for ${show(url)}, which no route answers.`,
  )
}

/** A client used an event that is reserved. `code` is `BEAMISH_RESERVED_EVENT`. */
export function reservedPageEvent(moduleName: string, event: string): BeamishError {
  return new BeamishError(
    'BEAMISH_RESERVED_EVENT',
    `${moduleName} got the event ${show(event)}: names that start with lv: belong to live views. Choose another name.`,
  )
}

/** A view without a route was asked for something that needs one. `code` is `BEAMISH_NOT_ROUTED`. */
export function notRouted(moduleName: string, action: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NOT_ROUTED',
    `${moduleName} stands in another page and has no address of its own: ${action} is for views that a route leads to.`,
  )
}

/** Two views of one name, of which one is to stand in another page. `code` is `BEAMISH_VIEW_NAME_TAKEN`. */
export function viewNameTaken(moduleName: string): BeamishError {
  return new BeamishError(
    'BEAMISH_VIEW_NAME_TAKEN',
    `there are two live views called ${show(moduleName)}, and a page that is connected would get the one that was defined last. ` +
      'Give each a name of its own: LiveView.define({ module, … }).',
  )
}

/** Two hooks of one name at one stage. `code` is `BEAMISH_HOOK_TAKEN`. */
export function hookTaken(name: string, stage: string): BeamishError {
  return new BeamishError(
    'BEAMISH_HOOK_TAKEN',
    `attachHook: there is a hook ${show(name)} at ${stage} already. Choose another name, or detachHook that one first.`,
  )
}

/** A task is started by somebody else than its view. `code` is `BEAMISH_ASYNC_ELSEWHERE`. */
export function asyncElsewhere(caller: Pid, view: Pid): BeamishError {
  return new BeamishError(
    'BEAMISH_ASYNC_ELSEWHERE',
    `startAsync, assignAsync and streamAsync are for the callbacks of a view: this one runs in ${view}, and the caller is ${caller}. ` +
      'From a task send the view a message, and start the next one in its handleInfo or handleAsync.',
  )
}

/** There is no such upload, or no such entry in it. `code` is `BEAMISH_UNKNOWN_UPLOAD`. */
export function unknownUpload(where: string, name: unknown, known: readonly string[], ref?: unknown): BeamishError {
  const entry = `of the upload ${show(name)}, which has ${ref === undefined ? '' : known.join(', ') || 'none'}`
  const upload = `there is no upload ${show(name)}. Allowed are ${known.join(', ') || 'none'}: see allowUpload`
  const problem = ref === undefined ? upload : `${show(ref)} is no entry ${entry}`
  return new BeamishError('BEAMISH_UNKNOWN_UPLOAD', `${where}: ${problem}.`)
}

/** An upload is allowed anew, or no more, while somebody uses it. `code` is `BEAMISH_UPLOAD_ACTIVE`. */
export function uploadActive(where: string, name: string, count: number): BeamishError {
  return new BeamishError(
    'BEAMISH_UPLOAD_ACTIVE',
    `${where}: the upload ${show(name)} has ${count} active entries. Consume or cancel them before.`,
  )
}

/** Files are consumed that are not there yet. `code` is `BEAMISH_UPLOAD_IN_PROGRESS`. */
export function uploadInProgress(where: string, name: string, refs: readonly string[]): BeamishError {
  return new BeamishError(
    'BEAMISH_UPLOAD_IN_PROGRESS',
    `${where}: cannot consume uploaded files when entries are still in progress: ${refs.join(', ')} of ${show(name)}. ` +
      'Consume when the form is submitted, or single entries that are done.',
  )
}

/** Two components, or a component and its view, upload under one name. `code` is `BEAMISH_DUPLICATE_UPLOAD`. */
export function duplicateUpload(moduleName: string, name: string, owner: string): BeamishError {
  return new BeamishError(
    'BEAMISH_DUPLICATE_UPLOAD',
    `${moduleName}: existing upload for ${show(name)} already allowed in ${owner}. ` +
      'Give each a name of its own, such as one with the id of its component in it.',
  )
}

/** Something of the client is asked for when it is not known any more. `code` is `BEAMISH_MOUNT_ONLY`. */
export function mountOnly(caller: string, moduleName: string, isChild: boolean): BeamishError {
  const problem = isChild
    ? `${moduleName} stands inside another view: only a root view knows its client. Hand it on with the session of liveRender.`
    : `${moduleName} is mounted: what it needs later belongs into its assigns.`
  return new BeamishError('BEAMISH_MOUNT_ONLY', `${caller} is for mount and onMount. ${problem}`)
}
