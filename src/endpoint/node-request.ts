import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { TLSSocket } from 'node:tls'
import type { Body, HttpReply, IncomingRequest, RequestHead, ServerOptions } from './adapter.ts'
import { IncomingHead } from './incoming-head.ts'
import { type ByteSink, discard, isStream, type Outgoing, outgoing, pump } from './reply.ts'

/** What a request of Node's says before its body. */
export function headOf(request: IncomingMessage): RequestHead {
  const { socket, url = '/' } = request
  const question = url.indexOf('?')
  return {
    method: request.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers: request.headers as Record<string, string>, // of requests only set-cookie would be a list, and they have none
    remoteAddress: socket.remoteAddress ?? '',
    remotePort: socket.remotePort ?? 0,
    isSecure: (socket as TLSSocket).encrypted === true, // only a TLS socket has it
  }
}

/** A request of Node's, as the endpoint sees it. */
export class NodeIncoming extends IncomingHead implements IncomingRequest {
  readonly pass?: () => void
  private readonly request: IncomingMessage
  private readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse, pass: (() => void) | undefined) {
    super(headOf(request))
    this.request = request
    this.response = response
    if (pass !== undefined) this.pass = pass
  }

  body(maxBytes: number): Promise<Body> {
    return collect(this.request, maxBytes)
  }

  onGone(callback: () => void): void {
    whenGone(this.response, callback)
  }
}

/** `close` comes after an answer too, and comes only once. */
function whenGone(response: ServerResponse, callback: () => void): void {
  const closed = (): void => {
    if (!response.writableFinished) callback()
  }
  if (response.closed || response.destroyed) closed()
  else response.once('close', closed)
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const done = (body: Body): void => {
      request.off('data', add)
      resolve(body)
    }
    const add = (chunk: Buffer): void => {
      bytes += chunk.byteLength
      if (bytes <= maxBytes) chunks.push(chunk)
      else {
        done('tooLarge')
        request.resume() // the rest is let through, so that the answer can be read
      }
    }
    request.on('data', add)
    request.once('end', () => done(Buffer.concat(chunks)))
    request.once('close', () => done('gone')) // after `end` it changes nothing
    request.on('error', () => done('gone'))
    if (request.destroyed && !request.readableEnded) done('gone')
  })
}

/** A response on a connection that Node's server has given away, because its client asked for an upgrade. */
export function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request)
  response.assignSocket(socket as TLSSocket) // a Duplex only in the typings: it comes from a server of sockets
  response.shouldKeepAlive = false
  response.once('finish', () => socket.end())
  socket.on('error', () => socket.destroy())
  socket.once('end', () => socket.destroy())
  socket.resume()
  return response
}

/** A response that may have been answered already, or whose client may have gone. */
export class NodeAnswer {
  private isOver = false
  private readonly head: RequestHead
  private readonly response: ServerResponse
  private readonly options: ServerOptions

  constructor(head: RequestHead, response: ServerResponse, options: ServerOptions) {
    this.head = head
    this.response = response
    this.options = options
  }

  /** Runs a callback of the endpoint. */
  guard(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.respond({ status: 500 })
      this.options.failed(error, this.head)
    }
  }

  readonly respond = (reply: HttpReply): boolean => {
    const { response } = this
    if (this.isOver || response.closed || response.destroyed) {
      discard(reply)
      return false
    }
    const ready = outgoing(this.head.method, reply)
    this.isOver = true
    this.write(ready)
    return true
  }

  private write({ status, headers, body, contentLength }: Outgoing): void {
    const { response } = this
    response.statusCode = status
    for (const [name, value] of headers) response.appendHeader(name, value)
    if (contentLength !== undefined) response.setHeader('content-length', contentLength)
    if (isStream(body)) this.stream(body, contentLength)
    else if (body !== undefined) response.end(body)
    else response.end()
  }

  private stream(body: ReadableStream<Uint8Array>, contentLength: number | undefined): void {
    this.response.flushHeaders()
    const sink = new ResponseSink(this.response, (error) => this.options.failed(error, this.head))
    void pump(body, sink, contentLength)
  }
}

/** The body of a response, chunk by chunk. */
class ResponseSink implements ByteSink {
  private readonly response: ServerResponse
  private readonly failed: (error: unknown) => void

  constructor(response: ServerResponse, failed: (error: unknown) => void) {
    this.response = response
    this.failed = failed
  }

  whenGone(callback: () => void): void {
    whenGone(this.response, callback)
  }

  write(chunk: Uint8Array): boolean | Promise<boolean> {
    const { response } = this
    if (response.closed || response.destroyed) return false
    if (response.write(chunk)) return true
    return new Promise((resolve) => {
      const settle = (): void => {
        response.off('drain', settle)
        response.off('close', settle)
        resolve(!response.closed && !response.destroyed)
      }
      response.on('drain', settle)
      response.on('close', settle)
    })
  }

  end(): void {
    this.response.end()
  }

  fail(error: unknown): void {
    if (this.response.closed || this.response.destroyed) return
    this.response.destroy()
    this.failed(error)
  }
}
