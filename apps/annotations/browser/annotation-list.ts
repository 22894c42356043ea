import { clock, node } from './node.ts'
import type { Annotation } from './talk.ts'

/** An annotation stands over the picture for so long. */
const CAPTION_MS = 3000

/** Readers who do not want things to move. */
const STILL = matchMedia('(prefers-reduced-motion: reduce)')

interface Shown {
  readonly annotation: Annotation
  readonly item: HTMLLIElement
}

/** Where a page shows annotations. */
export interface Places {
  readonly list: HTMLElement
  readonly marks: HTMLElement
  readonly caption: HTMLElement
  readonly durationMs: number
}

/** The annotations of a video in the order of their moments: a list, a mark for each, and the one of the moment over the picture. */
export class AnnotationList {
  private readonly places: Places
  private readonly seek: (ms: number) => void
  private readonly shown: Shown[] = []
  private readonly ids = new Set<number>()
  private current: Shown | undefined

  constructor(places: Places, seek: (ms: number) => void) {
    this.places = places
    this.seek = seek
  }

  /** Shows what is not shown yet. */
  add(annotations: readonly Annotation[], nowMs: number): void {
    for (const annotation of annotations) {
      if (!this.ids.has(annotation.id)) this.insert(annotation)
    }
    this.follow(nowMs)
  }

  /** The video has come to a moment: what is still to come is pale, the last before it stands out. */
  follow(nowMs: number): void {
    let current: Shown | undefined
    for (const each of this.shown) {
      const isLater = each.annotation.at > nowMs
      each.item.classList.toggle('later', isLater)
      if (!isLater) current = each
    }
    this.showCaption(current, nowMs)
    if (current === this.current) return
    this.current?.item.classList.remove('now')
    this.current = current
    if (current === undefined) return
    current.item.classList.add('now')
    this.scrollTo(current.item)
  }

  private insert(annotation: Annotation): void {
    this.ids.add(annotation.id)
    const shown = { annotation, item: this.itemOf(annotation) }
    const after = this.shown.findIndex((other) => isBefore(annotation, other.annotation))
    const next = after < 0 ? undefined : this.shown[after]
    this.places.list.insertBefore(shown.item, next?.item ?? null)
    this.shown.splice(after < 0 ? this.shown.length : after, 0, shown)
    this.places.marks.append(this.markOf(annotation))
  }

  private itemOf({ id, at, body, person }: Annotation): HTMLLIElement {
    const item = node('li', { class: 'annotation' })
    const seek = node('button', { type: 'button' })
    seek.append(
      node('time', {}, clock(at)),
      node('strong', { class: 'person' }, person.name),
      node('span', { class: 'body' }, body),
    )
    item.dataset['id'] = String(id)
    item.style.setProperty('--hue', String(person.hue))
    seek.addEventListener('click', () => this.seek(at))
    item.append(seek)
    return item
  }

  private markOf({ at, body, person }: Annotation): HTMLElement {
    const mark = node('button', { class: 'mark', type: 'button', tabindex: '-1', title: `${person.name}: ${body}` })
    mark.style.setProperty('--hue', String(person.hue))
    mark.style.setProperty('--at', String(at / this.places.durationMs))
    mark.addEventListener('click', () => this.seek(at))
    return mark
  }

  private showCaption(current: Shown | undefined, nowMs: number): void {
    const { caption } = this.places
    const isShown = current !== undefined && nowMs - current.annotation.at < CAPTION_MS
    caption.hidden = !isShown
    if (!isShown || caption.dataset['id'] === String(current.annotation.id)) return
    const { id, body, person } = current.annotation
    caption.dataset['id'] = String(id)
    caption.style.setProperty('--hue', String(person.hue))
    caption.replaceChildren(node('strong', { class: 'person' }, person.name), node('span', {}, body))
  }

  /** Scrolls the list and never the page: the reader may look at something else. */
  private scrollTo(item: HTMLElement): void {
    const { list } = this.places
    const top = item.offsetTop - list.offsetTop
    const isSeen = top >= list.scrollTop && top + item.offsetHeight <= list.scrollTop + list.clientHeight
    if (!isSeen) list.scrollTo({ top: top - list.clientHeight / 3, behavior: STILL.matches ? 'instant' : 'smooth' })
  }
}

function isBefore(a: Annotation, b: Annotation): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id)
}
