import type { Channel, Socket } from 'phoenix'
import { type HooksOptions, ViewHook } from 'phoenix_live_view'

/** A reader who is as near to the end as this reads the end. */
const NEAR_PX = 120

const messages = (): HTMLElement | null => document.getElementById('messages')

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_PX
}

function toEnd(): void {
  const list = messages()
  list?.scrollTo({ top: list.scrollHeight })
}

/**
 * Keeps the messages at their end: when they come, and again for a reader who was there. It is not the hook of the list itself, because
 * the client puts one of its own on whatever has `phx-viewport-top`.
 */
class Follow extends ViewHook {
  list: HTMLElement | null = null
  wasNearEnd = true
  /** The list has less place when a keyboard comes up, or files stand above the box. */
  readonly sizes = new ResizeObserver(() => this.follow())

  override mounted(): void {
    toEnd()
    this.list = messages()
    this.list?.addEventListener('scroll', this.look)
    if (this.list !== null) this.sizes.observe(this.list)
    window.addEventListener('chat:new_message', this.follow)
  }

  override reconnected(): void {
    this.follow()
  }

  override destroyed(): void {
    this.list?.removeEventListener('scroll', this.look)
    this.sizes.disconnect()
    window.removeEventListener('chat:new_message', this.follow)
  }

  look = (): void => {
    if (this.list !== null) this.wasNearEnd = isNearEnd(this.list)
  }

  follow = (): void => {
    if (this.wasNearEnd) toEnd()
  }
}

/**
 * The page's own channel, on the connection of its live views: the server says through it that a new message was rendered. It is found
 * by the id of the view, and joined with the token that stands in the page.
 */
class PageChannel extends ViewHook {
  channel: Channel | undefined

  override mounted(): void {
    const socket = this.liveSocket.getSocket() as Socket
    const view = this.el.closest('[data-phx-main]')?.id
    this.channel = socket.channel(`page:${view}`, { token: this.el.dataset['token'] })
    this.channel.on('new_message', () => {
      window.dispatchEvent(new Event('chat:new_message'))
    })
    this.channel.join()
  }

  override destroyed(): void {
    this.channel?.leave()
  }
}

/**
 * Enter sends, shift and enter begins a line; the box grows with what is in it, and is empty when that was said. What was to be sent
 * when the connection was lost is sent again when it is back: the nonce in the form is still the same.
 */
class Composer extends ViewHook {
  /** Whether what is in the box was to be sent, and nothing was heard of it yet. */
  isWaiting = false

  override mounted(): void {
    const form = this.el as HTMLFormElement
    const box = this.box()
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      if (box.value.trim() === '/crash') {
        box.value = ''
        void this.pushEvent('crash', {}).catch(() => {})
      } else {
        form.requestSubmit()
      }
    })
    form.addEventListener('submit', () => {
      this.isWaiting = true
    })
    box.addEventListener('input', () => {
      this.isWaiting = false
      grow(box)
    })
    this.handleEvent('said', () => {
      this.isWaiting = false
      box.value = ''
      grow(box)
      toEnd()
    })
    grow(box)
    if (matchMedia('(hover: hover)').matches) box.focus()
  }

  override reconnected(): void {
    if (this.isWaiting && this.box().value.trim() !== '') (this.el as HTMLFormElement).requestSubmit()
  }

  box(): HTMLTextAreaElement {
    return this.el.querySelector('textarea') as HTMLTextAreaElement // the composer has one
  }
}

function grow(box: HTMLTextAreaElement): void {
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}

/** A time as people here write it. */
class LocalTime extends ViewHook {
  override mounted(): void {
    this.show()
  }

  override updated(): void {
    this.show()
  }

  show(): void {
    const at = new Date(this.el.getAttribute('datetime') ?? 0)
    const isToday = at.toDateString() === new Date().toDateString()
    const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    this.el.textContent = isToday ? time : `${at.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`
    this.el.title = at.toLocaleString()
  }
}

export const hooks: HooksOptions = { Follow, PageChannel, Composer, LocalTime }
