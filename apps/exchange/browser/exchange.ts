import { Socket } from 'phoenix'
import { LiveSocket, ViewHook } from 'phoenix_live_view'

interface Client {
  readonly id: string
  readonly name: string
}

const NAMES = ['Otter', 'Wren', 'Badger', 'Heron', 'Fox', 'Lynx', 'Hare', 'Toad', 'Mole', 'Newt']

/** Who this page is: the same when its view is mounted again. */
const me: Client = {
  // Not `randomUUID`: a page that is opened over plain HTTP from another machine does not have it.
  id: Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join('-'),
  name: `${NAMES[Math.floor(Math.random() * NAMES.length)]} ${Math.floor(Math.random() * 90) + 10}`,
}

/** Says hello, answers newcomers, and shows who is there and what they say. */
class Exchange extends ViewHook {
  override mounted(): void {
    this.handleEvent('newcomer', (client: Client) => {
      this.add(client)
      this.log(`${client.name} came`)
      this.tell('client_response', { to: client.id })
    })
    this.handleEvent('response', (client: Client) => {
      this.add(client)
      this.log(`${client.name} is here`)
    })
    this.handleEvent('message', ({ from, text }: { from: Client; text: string }) => this.log(`${from.name}: ${text}`))
    this.handleEvent('gone', (client: Client) => {
      document.getElementById(`client-${client.id}`)?.remove()
      this.log(`${client.name} left`)
    })
    this.tell('client_helo', me)
  }

  /** The view was mounted anew, and nobody knows it: who is there will answer again. */
  override reconnected(): void {
    document.getElementById('others')?.replaceChildren()
    this.tell('client_helo', me)
  }

  tell(event: string, payload: object): void {
    void this.pushEvent(event, payload).catch(() => {}) // a view that is gone is mounted again, and then we say hello
  }

  add({ id, name }: Client): void {
    if (document.getElementById(`client-${id}`) !== null) return
    const item = document.createElement('li')
    item.id = `client-${id}`
    const button = document.createElement('button')
    button.textContent = 'Wave'
    button.addEventListener('click', () => this.tell('direct', { to: id, text: 'hello!' }))
    item.append(`${name} `, button)
    document.getElementById('others')?.append(item)
  }

  log(text: string): void {
    const line = document.createElement('li')
    line.textContent = text
    document.getElementById('log')?.append(line)
  }
}

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content')
new LiveSocket('/live', Socket, { params: { _csrf_token: csrfToken }, hooks: { Exchange } }).connect()
