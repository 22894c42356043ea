import { watch } from 'node:fs'
import { GenServer } from '../../behaviours/gen-server.ts'
import { noReply } from '../../behaviours/result.ts'
import type { Pid } from '../../core/pid.ts'
import { currentProcess, self } from '../../runtime/current.ts'
import { bind } from '../../runtime/foreign.ts'
import { isDown } from '../../runtime/messages.ts'
import { cancelTimer, sendAfter, type TimerRef } from '../../runtime/process-timers.ts'
import { monitor, send } from '../../runtime/signals.ts'
import type { PageNews } from './page-script.ts'

/** Files come in bursts: a bundler writes several, and each in pieces. So long after the last of them the pages are told. */
const SETTLED_MS = 60

/** A page has opened: the process of its socket. */
export class PageOpened {
  readonly page: Pid

  constructor(page: Pid) {
    this.page = page
  }
}

class FileChanged {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

class Settled {}

interface State {
  readonly pages: Set<Pid>
  /** What has changed since the pages were told. */
  readonly changed: Set<string>
  timer: TimerRef | undefined
}

/**
 * The process that knows which pages are open, watches folders, and tells the pages what changed in them.
 */
export const OpenPages = GenServer.define({
  module: 'LiveReload',
  init: (folders: readonly string[]): State => {
    const changed = bind((name: string) => send(self(), new FileChanged(name)))
    for (const folder of folders) watchFolder(folder, changed)
    return { pages: new Set(), changed: new Set(), timer: undefined }
  },
  handleInfo: (message, state) => {
    if (message instanceof PageOpened) open(message.page, state)
    else if (message instanceof FileChanged) note(message.name, state)
    else if (message instanceof Settled) tell(state)
    else if (isDown(message)) state.pages.delete(message.object as Pid) // only pages are watched
    return noReply()
  },
})

/** Until the calling process ends. */
function watchFolder(folder: string, changed: (name: string) => void): void {
  const { signal } = currentProcess()
  const options = { recursive: true, persistent: false, signal }
  watch(folder, options, (_event, name) => {
    if (name !== null && isMadeForPages(name)) changed(name)
  })
}

/** Not what editors keep beside a file, nor what only debuggers read. */
function isMadeForPages(name: string): boolean {
  return !/(?:^|[/\\])\.|~$|\.map$/.test(name)
}

function open(page: Pid, { pages }: State): void {
  monitor(page)
  pages.add(page)
}

function note(name: string, state: State): void {
  state.changed.add(name)
  if (state.timer !== undefined) cancelTimer(state.timer)
  state.timer = sendAfter(self(), new Settled(), SETTLED_MS)
}

function tell({ pages, changed }: State): void {
  const news: PageNews = { type: [...changed].every((name) => name.endsWith('.css')) ? 'styles' : 'page' }
  changed.clear()
  for (const page of pages) send(page, news)
}
