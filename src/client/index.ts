// The client door: what a browser takes beside the official `phoenix`.
export { type ClientMessage, type Codec, msgpack } from './msgpack.ts'
