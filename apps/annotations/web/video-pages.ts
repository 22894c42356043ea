import { type Conn, HttpError } from 'beamish/endpoint'
import { each, html, type Rendered, renderPage } from 'beamish/live-view'
import { LONGEST } from '../videos/annotations.ts'
import { allVideos, type Video, videoWith } from '../videos/videos.ts'
import { readerOf } from './sessions.ts'

/** GET /: what there is to watch. */
export async function listVideos(request: Request, conn: Conn): Promise<Response> {
  const videos = await allVideos()
  const page = html`${bar(conn)}
    <main class="shelf">
      <h1>What do you want to watch?</h1>
      <ul class="videos">${each(
        videos,
        ({ id }) => id,
        (video) => html`<li><a class="card" href=${`/videos/${video.id}`}>
          <video src=${`/clips/${video.clip}#t=4`} preload="metadata" muted playsinline tabindex="-1" aria-hidden="true"></video>
          <strong>${video.title}</strong>
          <span>${seconds(video)} · ${counted(video.annotations)}</span>
        </a></li>`,
      )}</ul>
    </main>`
  return renderPage(request, conn, page, { assigns: { pageTitle: 'Annotations' } })
}

/** GET /videos/:id: one of them. What is said about it, and who watches, comes by its channel: see browser/theatre.ts. */
export async function showVideo(request: Request, conn: Conn<{ id: string }>): Promise<Response> {
  const video = await videoWith(conn.params.id)
  if (video === undefined) throw new HttpError(404, 'There is no such video.')
  const page = html`${bar(conn)}
    <main id="theatre" class="theatre" data-video-id=${video.id} data-duration-ms=${video.durationMs}>
      <section class="stage">
        <div class="screen">
          <video id="video" src=${`/clips/${video.clip}`} preload="auto" controls muted playsinline></video>
          <p id="caption" class="caption" hidden></p>
        </div>
        <div id="marks" class="marks" aria-hidden="true"><i class="progress"></i></div>
        <h1>${video.title}</h1>
        <form id="annotate" class="annotate" autocomplete="off">
          <label class="hidden" for="body">What do you see?</label>
          <input id="body" name="body" maxlength=${LONGEST} placeholder="What do you see?" required>
          <button>Annotate <output id="now" for="video" aria-live="off">0:00.0</output></button>
        </form>
        <p id="problem" class="problem" role="alert" hidden></p>
        <p id="unsent" class="unsent" role="status" hidden></p>
      </section>
      <aside class="side card">
        <header>
          <h2>Watching</h2>
          <span id="status" class="status" role="status">Connecting…</span>
        </header>
        <ul id="watchers" class="watchers"></ul>
        <h2>Annotations</h2>
        <ol id="annotations" class="annotations" tabindex="0" aria-label="Annotations" aria-relevant="additions"></ol>
      </aside>
    </main>`
  return renderPage(request, conn, page, { assigns: { pageTitle: video.title } })
}

function bar(conn: Conn): Rendered {
  const { name, hue } = readerOf(conn)
  return html`<header class="bar">
    <a href="/">Annotations</a>
    <span class="person" style=${`--hue: ${hue}`}>${name}</span>
    <form method="post" action="/sign-out">
      <input type="hidden" name="_csrf_token" value=${conn.csrfToken}>
      <button class="quiet">Sign out</button>
    </form>
  </header>`
}

const seconds = ({ durationMs }: Video): string => `${Math.round(durationMs / 1000)} seconds`

function counted(count: number): string {
  if (count === 0) return 'nothing said yet'
  return count === 1 ? '1 annotation' : `${count} annotations`
}
