import { AnnotationList } from './annotation-list.ts'
import { clock, node } from './node.ts'
import { type Listener, Talk, type Watcher } from './talk.ts'

/** The page of a video: joins what is said about it, and follows the player. */
export function openTheatre(theatre: HTMLElement): void {
  const { videoId = '', durationMs: duration } = theatre.dataset
  const durationMs = Number(duration)
  const video = part('video') as HTMLVideoElement
  const seek = (ms: number): void => {
    video.currentTime = ms / 1000
  }
  const places = { list: part('annotations'), marks: part('marks'), caption: part('caption'), durationMs }
  const list = new AnnotationList(places, seek)
  const nowMs = (): number => Math.min(Math.round(video.currentTime * 1000), durationMs)

  followPlayer(video, () => {
    part('now').textContent = clock(nowMs())
    places.marks.style.setProperty('--progress', String(nowMs() / durationMs))
    list.follow(nowMs())
  })
  const talk = new Talk(
    videoId,
    listenerOf((annotations) => list.add(annotations, nowMs())),
  )
  const body = part('body') as HTMLInputElement
  part('annotate').addEventListener('submit', (event) => {
    event.preventDefault()
    if (body.value.trim() === '') return
    part('problem').hidden = true
    talk.annotate(body.value, nowMs())
    body.value = ''
  })
}

function listenerOf(annotations: Listener['annotations']): Listener {
  return {
    annotations,
    watchers: (watchers) => part('watchers').replaceChildren(...watchers.map(watcherItem)),
    status: showStatus,
    unsent: (count) => {
      part('unsent').hidden = count === 0
      part('unsent').textContent =
        count === 1 ? 'One annotation is on its way.' : `${count} annotations are on their way.`
    },
    problem: (reason, text) => {
      const body = part('body') as HTMLInputElement
      part('problem').hidden = false
      part('problem').textContent = `That was not taken: ${reason}.`
      if (body.value === '') body.value = text
    },
  }
}

function showStatus(status: Parameters<Listener['status']>[0]): void {
  // What others say from now on is read out; what was there before is not.
  if (status === 'live') part('annotations').setAttribute('aria-live', 'polite')
  const element = part('status')
  element.dataset['status'] = typeof status === 'string' ? status : 'refused'
  element.textContent =
    status === 'live' ? 'Live' : status === 'away' ? 'Reconnecting…' : `Not let in: ${status.refused}`
}

function watcherItem({ person, pages }: Watcher): HTMLLIElement {
  const item = node('li', { class: 'person' }, pages === 1 ? person.name : `${person.name} (${pages})`)
  item.style.setProperty('--hue', String(person.hue))
  return item
}

/** Calls at each picture while it plays, and at each step while it does not. */
function followPlayer(video: HTMLVideoElement, follow: () => void): void {
  const eachFrame = (): void => {
    follow()
    if (!video.paused && !video.ended) requestAnimationFrame(eachFrame)
  }
  video.addEventListener('play', eachFrame)
  for (const event of ['seeking', 'seeked', 'timeupdate']) video.addEventListener(event, follow)
  follow()
}

function part(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page of a video has no #${id}: see web/video-pages.ts.`)
  return element
}
