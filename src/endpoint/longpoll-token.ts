import type { HasSecretKeyBase } from '../token/key-base.ts'
import { Token } from '../token/token.ts'

/** Where a session is. */
export interface SessionPlace {
  /** The node that it lives on, as PubSub calls it. */
  readonly node: string
  /** Names it, and nobody can guess it. */
  readonly id: string
}

/** The tokens of one mount's sessions: signed, so that any node of the same secret can read them, and nobody else make one. */
export class SessionTokens {
  private readonly secret: HasSecretKeyBase
  private readonly salt: string
  private readonly maxAgeSeconds: number

  /** @param mount - its endpoint and path: a token is good for one mount only. */
  constructor(mount: string, secret: HasSecretKeyBase, maxAgeSeconds: number) {
    this.secret = secret
    this.salt = `${mount} long poll`
    this.maxAgeSeconds = maxAgeSeconds
  }

  write({ node, id }: SessionPlace): string {
    return Token.sign(this.secret, this.salt, [node, id], { maxAgeSeconds: this.maxAgeSeconds })
  }

  /** @returns `undefined` for none, and for one that is forged, too old, or of another mount. */
  read(token: unknown): SessionPlace | undefined {
    const result = Token.verify(this.secret, this.salt, token)
    if (result.type !== 'ok' || !Array.isArray(result.data)) return undefined
    const [node, id]: unknown[] = result.data
    return typeof node === 'string' && typeof id === 'string' ? { node, id } : undefined
  }
}

/** The topic under which other nodes reach a session. */
export function topicOf(id: string): string {
  return `longpoll:${id}`
}
