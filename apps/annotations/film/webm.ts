/** One encoded picture of a film. */
export interface Picture {
  readonly timeMs: number
  /** Whether it can be shown without those before it: a player can start there. */
  readonly isKey: boolean
  readonly bytes: Uint8Array
}

/** What a film consists of. */
export interface Film {
  readonly width: number
  readonly height: number
  readonly durationMs: number
  /** In the order of their times. The first one is a key picture. */
  readonly pictures: readonly Picture[]
}

/**
 * A VP9 film as a WebM file with its duration and an index before the pictures: a player seeks in it without having read it all. Pure.
 *
 * ```text
 *   EBML header
 *   Segment ── Info      duration
 *           ├─ Tracks    one, of pictures
 *           ├─ Cues      where each cluster begins: the index
 *           └─ Cluster…  a key picture, and those until the next
 * ```
 * Semantics: RFC 8794 (EBML), RFC 9559 (Matroska).
 */
export function webm(film: Film): Uint8Array {
  const clusters = clustersOf(film.pictures).map((pictures) => ({
    timeMs: pictures[0]?.timeMs ?? 0,
    bytes: cluster(pictures),
  }))
  const head = joined(info(film), tracks(film))
  // An index has the same length wherever it points to: its numbers are of four bytes.
  const cuesOf = (places: readonly number[]): Uint8Array =>
    element(0x1c53bb6b, ...clusters.map(({ timeMs }, index) => cue(timeMs, places[index] ?? 0)))
  let place = head.length + cuesOf([]).length
  const places = clusters.map(({ bytes }) => {
    const own = place
    place += bytes.length
    return own
  })
  return joined(HEADER(), element(0x18538067, head, cuesOf(places), ...clusters.map(({ bytes }) => bytes)))
}

const HEADER = (): Uint8Array =>
  element(
    0x1a45dfa3,
    element(0x4286, number(1)), // EBMLVersion
    element(0x42f7, number(1)), // EBMLReadVersion
    element(0x42f2, number(4)), // EBMLMaxIDLength
    element(0x42f3, number(8)), // EBMLMaxSizeLength
    element(0x4282, text('webm')), // DocType
    element(0x4287, number(4)), // DocTypeVersion
    element(0x4285, number(2)), // DocTypeReadVersion
  )

function info({ durationMs }: Film): Uint8Array {
  return element(
    0x1549a966,
    element(0x2ad7b1, number(1_000_000)), // TimestampScale: milliseconds
    element(0x4489, float(durationMs)), // Duration
    element(0x4d80, text('beamish')), // MuxingApp
    element(0x5741, text('beamish')), // WritingApp
  )
}

function tracks({ width, height }: Film): Uint8Array {
  const video = element(0xe0, element(0xb0, number(width)), element(0xba, number(height)))
  const track = element(
    0xae,
    element(0xd7, number(1)), // TrackNumber
    element(0x73c5, number(1)), // TrackUID
    element(0x9c, number(0)), // FlagLacing
    element(0x83, number(1)), // TrackType: video
    element(0x86, text('V_VP9')), // CodecID
    video,
  )
  return element(0x1654ae6b, track)
}

/** A point of the index. @param place - of its cluster, from the beginning of what the segment holds. */
function cue(timeMs: number, place: number): Uint8Array {
  const positions = element(0xb7, element(0xf7, number(1)), element(0xf1, number(place)))
  return element(0xbb, element(0xb3, number(timeMs)), positions)
}

/** A cluster for each key picture. */
function clustersOf(pictures: readonly Picture[]): Picture[][] {
  const clusters: Picture[][] = []
  for (const picture of pictures) {
    if (picture.isKey || clusters.length === 0) clusters.push([picture])
    else clusters.at(-1)?.push(picture)
  }
  return clusters
}

function cluster(pictures: readonly Picture[]): Uint8Array {
  const start = pictures[0]?.timeMs ?? 0
  return element(0x1f43b675, element(0xe7, number(start)), ...pictures.map((picture) => simpleBlock(picture, start)))
}

function simpleBlock({ timeMs, isKey, bytes }: Picture, start: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(4))
  head.setUint8(0, 0x81) // of track 1
  head.setInt16(1, timeMs - start)
  head.setUint8(3, isKey ? 0x80 : 0)
  return element(0xa3, new Uint8Array(head.buffer), bytes)
}

/** @param id - as it stands in the file, with its marker. */
function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = joined(...content)
  return joined(idBytes(id), sizeBytes(body.length), body)
}

function idBytes(id: number): Uint8Array {
  const all = number(id)
  return all.subarray(all.findIndex((byte) => byte !== 0))
}

/** Always of eight bytes: the marker, and 56 bits. */
function sizeBytes(size: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, BigInt(size) | (1n << 56n))
  return new Uint8Array(bytes.buffer)
}

/** Four bytes, whatever it is. */
function number(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4))
  bytes.setUint32(0, value)
  return new Uint8Array(bytes.buffer)
}

function float(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setFloat64(0, value)
  return new Uint8Array(bytes.buffer)
}

function text(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (letter) => letter.charCodeAt(0))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
