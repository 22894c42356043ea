import { Application, isDown, monitor, type Pid, self, sendAfter } from 'beamish'
import { each, html, LiveView, type LiveViewSocket } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'

/** The PubSub, the topic, and the application. */
const [PUBSUB, TOPIC, APP] = ['deploy', 'steps', 'deploy']

/** What a deploy goes through, in words. */
export const STEPS = [
  'Starting deploy…',
  'Creating organisation…',
  'Creating repository…',
  'Pushing contents…',
  'Done!',
] as const

interface Deploy {
  /** Which of the steps it is at; -1 before the first. */
  readonly step: number
  /** Who clicked. */
  readonly isMine: boolean
  /** The view that walks, when it is another one. */
  readonly followed: Pid | null
}

/** To the other pages: a step has begun here. */
class StepBegan {
  readonly step: number
  readonly by: Pid = self()

  constructor(step: number) {
    this.step = step
  }
}

/** To itself: the step is done, what comes next? */
class StepDone {
  readonly step: number

  constructor(step: number) {
    this.step = step
  }
}

/**
 * A button, and what happens then. The view does the work in steps, by messages to itself, so it can be clicked and looked at in
 * between. Each step is told to all other pages: they follow. The page that was clicked does not hear itself. When it is closed on
 * the way nobody walks any more: the others are ready again.
 */
export const DeployLive = LiveView.define<Deploy>({
  module: 'DeployLive',

  mount: (_params, _session, socket) => {
    if (socket.connected) PubSub.subscribe(PUBSUB, TOPIC)
    socket.assign({ step: -1, isMine: false, followed: null })
  },

  handleEvent: {
    // Two walks would cross. The button says that it does nothing now; it keeps the focus, which one that is disabled loses.
    deploy: (_value, socket) => {
      if (isUnderWay(socket.assigns.step)) return
      socket.assign({ isMine: true, followed: null })
      begin(socket, 0)
    },
  },

  handleInfo: (message, socket) => {
    if (message instanceof StepDone) begin(socket, message.step + 1)
    else if (message instanceof StepBegan) follow(socket, message)
    else if (isDown(message) && message.object === socket.assigns.followed) abandon(socket)
  },

  render: ({ step, isMine }) => html`<main class="card">
    <h1>Deploy</h1>
    <p aria-live="polite">${step < 0 ? 'Ready!' : STEPS[step]}</p>
    <ol class="steps">${each(
      STEPS,
      (name) => name,
      (name, index) => html`<li class=${[index < step && 'done', index === step && 'now']}>${name}</li>`,
    )}</ol>
    <button phx-click="deploy" aria-disabled=${isUnderWay(step) && 'true'}>Deploy</button>
    ${step >= 0 && html`<p>${isMine ? 'You clicked.' : 'Somebody else clicked: this page follows.'}</p>`}
  </main>`,
})

const isUnderWay = (step: number): boolean => step >= 0 && step < STEPS.length - 1

function begin(socket: LiveViewSocket<Deploy>, step: number): void {
  socket.assign({ step })
  PubSub.broadcastFrom(PUBSUB, self(), TOPIC, new StepBegan(step))
  // What a step would really do takes its time; a task would do it, and its result come as a message like this.
  if (step < STEPS.length - 1) sendAfter(self(), new StepDone(step), Number(Application.getEnv(APP, 'stepMs')))
}

function follow(socket: LiveViewSocket<Deploy>, { step, by }: StepBegan): void {
  if (socket.assigns.followed !== by) monitor(by)
  socket.assign({ step, isMine: false, followed: by })
}

function abandon(socket: LiveViewSocket<Deploy>): void {
  if (isUnderWay(socket.assigns.step)) socket.assign({ step: -1, followed: null })
}
