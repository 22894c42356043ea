import { parseSetCookie } from 'cookie'

/** The cookies of one visitor. Paths and domains are all the same here. */
export class CookieJar {
  private readonly cookies = new Map<string, string>()

  /** For the header `cookie`. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  set(name: string, value: string): void {
    this.cookies.set(name, value)
  }

  /** Takes what a response says. */
  take(response: Response): void {
    for (const header of response.headers.getSetCookie()) {
      const { name, value = '', maxAge, expires } = parseSetCookie(header, { decode: (text) => text })
      const isGone = maxAge === 0 || (expires !== undefined && expires.getTime() <= Date.now())
      if (isGone) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}
