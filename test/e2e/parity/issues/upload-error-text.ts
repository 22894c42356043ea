import type { UploadError } from 'beamish/live-view'

/** An error of an upload as the specs spell it: as a term of Elixir. */
export function uploadErrorText(error: UploadError): string {
  if (typeof error === 'string') return atom(error)
  if (error.type === 'writerFailure') return `{:writer_failure, ${atom(String(error['reason']))}}`
  return atom(error.type)
}

function atom(name: string): string {
  return `:${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
}
