import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SOURCE = fileURLToPath(new URL('../../../bench/micro/beam.erl', import.meta.url))

/** Erlang/OTP with one scheduler, when the machine has it (`apt-get install erlang-base`). */
export class Beam {
  readonly version: string
  private readonly folder: string

  private constructor(folder: string, version: string) {
    this.folder = folder
    this.version = version
  }

  /** Compiles the questions. @returns `undefined` without Erlang on the machine. */
  static async find(): Promise<Beam | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'beamish-beam-'))
    try {
      await run('erlc', ['-o', folder, SOURCE])
      const { stdout } = await run('erl', [
        '-noshell',
        '-eval',
        'io:format("~s", [erlang:system_info(otp_release)]), halt().',
      ])
      return new Beam(folder, stdout)
    } catch {
      await rm(folder, { recursive: true, force: true })
      return undefined
    }
  }

  /** One round of one question. */
  async ask(question: string): Promise<number> {
    const { stdout } = await run('erl', [
      '+S',
      '1:1',
      '-noshell',
      '-pa',
      this.folder,
      '-s',
      'beam',
      'main',
      '-extra',
      question,
    ])
    return Number(stdout.trim().split(' ').at(-1))
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** The questions that `beam.erl` answers. */
export const BEAM_QUESTIONS: readonly string[] = [
  'ping-pong',
  'ring-1',
  'ring-100',
  'producers',
  'call-1',
  'call-100',
  'cast',
  'spawn',
  'idle',
  'lookup',
  'dispatch',
  'restarts',
  'start-child',
  'selective',
  'call-queued',
]
