import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'

/** Where a program reads and writes: a terminal, or pipes. */
export interface Streams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** What the user of a terminal does. */
export interface TerminalEvents {
  line(line: string): void
  /** A key was pressed: only where there is a terminal. */
  key(): void
  /** The user goes: end of input, or ctrl-c. */
  end(): void
}

/**
 * Lines that come in while one writes a line oneself: what is written stays at the bottom, what comes goes above it. Without a
 * terminal it reads and writes plain lines.
 */
export class Terminal {
  private readonly lines: Interface
  private readonly output: NodeJS.WritableStream
  private readonly isTerminal: boolean
  private status = ''
  private isClosed = false

  constructor({ input, output }: Streams, events: TerminalEvents) {
    this.output = output
    this.isTerminal = (output as WriteStream).isTTY === true && (input as ReadStream).isTTY === true
    this.lines = createInterface({ input, output, terminal: this.isTerminal })
    this.lines.on('line', (line) => {
      this.forget(line)
      events.line(line)
      this.draw()
    })
    this.lines.on('close', () => {
      this.isClosed = true
      events.end()
    })
    if (this.isTerminal) input.on('keypress', () => events.key())
    this.draw()
  }

  /** Writes a line above what the user writes. Control characters in it do nothing to the terminal. */
  print(text: string): void {
    this.erase()
    this.output.write(`${plain(text)}\n`)
    this.draw()
  }

  /** Shows what holds now, before what the user writes; `''` for nothing. */
  showStatus(status: string): void {
    if (status === this.status) return
    this.status = status
    if (this.isTerminal) {
      this.erase()
      this.draw()
    } else if (status !== '') this.output.write(`· ${plain(status)}\n`)
  }

  close(): void {
    this.erase()
    this.lines.close()
  }

  private draw(): void {
    if (!this.isTerminal || this.isClosed) return
    this.lines.setPrompt(this.status === '' ? '> ' : `(${plain(this.status)}) > `)
    this.lines.prompt(true)
  }

  private erase(): void {
    if (!this.isTerminal || this.isClosed) return
    this.clearFrom(this.lines.getCursorPos().rows)
  }

  /** A line that was entered is taken away: it comes again when it was said. */
  private forget(line: string): void {
    if (!this.isTerminal) return
    const { columns } = this.output as WriteStream
    this.clearFrom(Math.max(1, Math.ceil((this.lines.getPrompt().length + line.length) / columns)))
  }

  private clearFrom(rowsAbove: number): void {
    moveCursor(this.output, 0, -rowsAbove)
    cursorTo(this.output, 0)
    clearScreenDown(this.output)
  }
}

/** What others wrote must not steer the terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it takes out
  return text.replace(/\t/g, '  ').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
}
