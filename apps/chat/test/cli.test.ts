import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { startBrowser, withoutBrowser } from '../../shared/browser.ts'
import { signUp as openAccount } from '../accounts/accounts.ts'
import { bodies, enterRoom, killAll, PASSWORD, type RunningChat, say, sees, signUp, startChat } from './world.ts'

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))

/** The program as somebody starts it, with pipes for a terminal. */
class Cli {
  readonly lines: string[] = []
  private readonly child: ChildProcess
  private waiting: (() => void) | undefined

  constructor(t: Test, { url }: RunningChat, ...args: string[]) {
    this.child = spawn(process.execPath, [MAIN, '--url', url, ...args], {
      env: { ...process.env, CHAT_PASSWORD: PASSWORD },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        this.lines.push(line)
        this.waiting?.()
      })
    }
    t.teardown(() => this.child.kill())
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  /** Waits until it has written a line that holds a text. */
  async shows(text: string): Promise<void> {
    while (!this.lines.some((line) => line.includes(text))) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve
      })
    }
  }

  /** What others and it said, oldest first, without times. */
  said(): string[] {
    return this.lines.filter((line) => /^\d\d:\d\d /.test(line)).map((line) => line.slice(6))
  }

  ended(): Promise<number | null> {
    return new Promise((resolve) => this.child.once('close', resolve))
  }
}

t.test('programs and people talk', { skip: withoutBrowser }, async (t) => {
  const chat = await startChat(t)
  for (const name of ['Bob', 'Mia']) await openAccount({ name, password: PASSWORD })
  const browser = await startBrowser(t)
  const ann = await signUp(browser, chat, 'Ann')
  await enterRoom(ann, 'Lobby')
  await say(ann, 'before')
  const bob = new Cli(t, chat, '--name', 'Bob')
  const mia = new Cli(t, chat, '--name', 'Mia', '--msgpack')

  await t.test('what one writes the others see at once, by JSON and by MessagePack', async (t) => {
    for (const cli of [bob, mia]) await cli.shows('Ann: before')
    await ann.locator('.here li[title=Bob]').waitFor()
    await ann.locator('.here li[title=Mia]').waitFor()
    bob.write('from Bob')
    await sees(ann, 'from Bob')
    mia.write('from Mia ✓')
    await sees(ann, 'from Mia ✓')
    await say(ann, 'from Ann \u001b[31m')
    for (const cli of [bob, mia]) {
      await cli.shows('Ann: from Ann')
      t.same(
        cli.said(),
        ['Ann: before', 'Bob: from Bob', 'Mia: from Mia ✓', 'Ann: from Ann [31m'],
        'no control characters',
      )
    }
  })

  await t.test('who writes in a browser is shown', async () => {
    await ann.locator('#composer-body').pressSequentially('I am wri')
    await bob.shows('Ann is writing…')
    await ann.fill('#composer-body', '')
  })

  await t.test('after the channels were killed nothing is lost and nothing comes twice', async (t) => {
    for (const round of [1, 2]) {
      const before = bob.said().length
      t.equal(await killAll('/socket channels'), 2)
      bob.write(`Bob ${round}`)
      mia.write(`Mia ${round}`)
      await say(ann, `Ann ${round}`)
      const wanted = ['Ann', 'Bob', 'Mia'].map((name) => `${name}: ${name} ${round}`)
      for (const cli of [bob, mia]) {
        for (const text of wanted) await cli.shows(text)
        t.same(cli.said().slice(before).sort(), wanted)
      }
      for (const text of wanted) await sees(ann, text.slice(5))
    }
    t.same(bob.said(), mia.said(), 'in the same order')
    const shown = (await bodies(ann)).map((body) => body.replace('\u001b', ''))
    t.same(
      bob.said().map((line) => line.slice(5)),
      shown,
      'which is that of the page',
    )
  })

  await t.test('commands: who is here, the history, and the end', async (t) => {
    bob.write('/who')
    await bob.shows('Ann, Bob, Mia')
    bob.write('/history')
    await bob.shows('There is nothing before that.')
    bob.write('the last word')
    bob.write('/quit')
    t.equal(await bob.ended(), 0)
    await sees(ann, 'the last word')
    await ann.locator('.here li[title=Bob]').waitFor({ state: 'detached' })
  })

  await t.test('what cannot be is said in words', async (t) => {
    const cid = new Cli(t, chat, '--name', 'Cid')
    t.equal(await cid.ended(), 1)
    t.same(cid.lines, ['name or password is wrong'])
    const lost = new Cli(t, chat, '--name', 'Mia', '--room', 'cellar')
    t.equal(await lost.ended(), 1)
    t.same(lost.lines, ['cellar: no such room'])
    const nobody = new Cli(t, chat)
    t.equal(await nobody.ended(), 2)
    t.match(nobody.lines[0], '--name is missing')
  })
})
