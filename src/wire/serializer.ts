import type { Broadcast, Message, Reply } from './message.ts'

/** One WebSocket frame: a string is a text frame, bytes are a binary frame. */
export type Frame = string | Uint8Array

/**
 * Three pure functions between frames and messages; an app may add its own.
 * Every serializer passes `test/contracts/serializer.ts`. Semantics: Phoenix.Socket.Serializer; channels.md §5.6.
 */
export interface Serializer {
  /** Short name, unique among the serializers of an app: keys the frames that one broadcast is encoded to. */
  readonly name: string

  /**
   * Whether a payload of bytes can be sent.
   * When false, `encode` and `fastlane` throw `BEAMISH_BYTES_UNSUPPORTED` for bytes; whoever fans a broadcast out skips
   * these members instead.
   */
  readonly carriesBytes: boolean

  /**
   * Reads one frame of the client.
   * The message holds no reference to the frame's memory, so a transport may pass a buffer that it reuses afterwards.
   * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE` for anything malformed or hostile, and nothing else.
   */
  decode(frame: Frame): Message

  /**
   * Writes a push (or another message of the server) or a reply, for one client.
   * Text, unless the payload or response is bytes or the serializer is binary.
   * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` · {FieldTooLongError} `BEAMISH_FIELD_TOO_LONG` ·
   * {BytesUnsupportedError} `BEAMISH_BYTES_UNSUPPORTED`
   */
  encode(message: Message | Reply): Frame

  /**
   * Writes a broadcast, once for all its receivers: the frame holds nothing about any one of them.
   * @throws as `encode` does.
   */
  fastlane(broadcast: Broadcast): Frame
}
