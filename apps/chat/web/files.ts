import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type Conn, HttpError } from 'beamish/endpoint'
import { userOf } from '../accounts/sessions.ts'
import { SHOWN } from '../live/message-view.ts'
import { attachmentWith } from '../rooms/messages.ts'
import { roomFor } from '../rooms/rooms.ts'
import { Store } from '../store/store.ts'
import { SESSION } from './sessions.ts'

/** GET /files/:id: what somebody sent, for those who may enter its room. Nothing in it runs on a page of ours. */
export async function sendFile(_request: Request, conn: Conn<{ id: string }>): Promise<Response> {
  const user = await userOf(conn.session.get(SESSION))
  const attachment = await attachmentWith(conn.params.id)
  if (user === undefined || attachment === undefined) throw new HttpError(404, 'There is no such file.')
  if ((await roomFor(user, attachment.room)) === undefined) throw new HttpError(404, 'There is no such file.')
  const path = await Store.filePath(attachment.id)
  const { size } = await stat(path)
  const isShown = SHOWN.has(attachment.type)
  return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream, {
    headers: {
      'content-type': isShown ? attachment.type : 'application/octet-stream',
      'content-length': String(size),
      'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(attachment.name)}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=31536000, immutable',
    },
  })
}
