// Draws the clips and encodes them: film/make.ts opens a page with this in it.

const WIDTH = 640
const HEIGHT = 360
const PICTURES_PER_SECOND = 25
const SECONDS = 10
/** A player can start at each second one of these: it seeks quickly. */
const KEY_EVERY_SECONDS = 1
const BITS_PER_SECOND = 100_000

type Canvas = OffscreenCanvasRenderingContext2D
/** Draws the picture of a moment. @param t - from 0 to 1. */
type Scene = (canvas: Canvas, t: number) => void

const scenes: Readonly<Record<string, Scene>> = { sunrise, pendulums, rain }

// ── Sunrise over the hills ──

function sunrise(canvas: Canvas, t: number): void {
  const day = smooth(t)
  const sky = canvas.createLinearGradient(0, 0, 0, HEIGHT)
  sky.addColorStop(0, mix([18, 22, 58], [108, 176, 226], day))
  sky.addColorStop(0.75, mix([62, 40, 84], [250, 214, 165], Math.min(1, day * 1.4)))
  fill(canvas, sky)
  canvas.fillStyle = `rgb(255 255 255 / ${Math.max(0, 0.8 - 2.4 * day)})`
  for (let n = 0; n < 40; n++) disc(canvas, chance(n) * WIDTH, chance(n + 100) * HEIGHT * 0.6, 0.8 + chance(n + 200))
  const sunY = HEIGHT * (1.02 - 0.78 * day)
  canvas.fillStyle = `rgb(255 220 150 / ${0.25 * day})`
  disc(canvas, 400, sunY, 74)
  canvas.fillStyle = mix([255, 120, 70], [255, 236, 170], day)
  disc(canvas, 400, sunY, 44)
  hills(canvas, 205, 46, 0.011, mix([44, 40, 82], [126, 158, 170], day))
  hills(canvas, 250, 34, 0.017, mix([30, 32, 62], [88, 134, 120], day))
  hills(canvas, 300, 24, 0.024, mix([16, 22, 40], [52, 98, 74], day))
  if (t > 0.45) birds(canvas, (t - 0.45) / 0.5)
}

function hills(canvas: Canvas, base: number, height: number, frequency: number, colour: string): void {
  canvas.fillStyle = colour
  canvas.beginPath()
  canvas.moveTo(0, HEIGHT)
  for (let x = 0; x <= WIDTH; x += 8) {
    canvas.lineTo(x, base - height * (Math.sin(x * frequency + base) + 0.5 * Math.sin(x * frequency * 2.3)))
  }
  canvas.lineTo(WIDTH, HEIGHT)
  canvas.fill()
}

function birds(canvas: Canvas, t: number): void {
  canvas.strokeStyle = '#2b2a3a'
  canvas.lineWidth = 2.5
  for (let n = 0; n < 5; n++) {
    const x = -60 + (WIDTH + 160) * t - 26 * n
    const y = 96 + 14 * Math.abs(n - 2) + 6 * Math.sin(9 * t + n)
    const wing = 5 + 4 * Math.sin(60 * t + n)
    canvas.beginPath()
    canvas.moveTo(x - 10, y - wing)
    canvas.quadraticCurveTo(x - 3, y - 2, x, y)
    canvas.quadraticCurveTo(x + 3, y - 2, x + 10, y - wing)
    canvas.stroke()
  }
}

// ── Fifteen pendulums: each swings once more than its neighbour in the time of the film ──

function pendulums(canvas: Canvas, t: number): void {
  fill(canvas, '#14161d')
  canvas.fillStyle = '#2b2f3c'
  canvas.fillRect(60, 24, WIDTH - 120, 5)
  for (let n = 0; n < 15; n++) {
    const x = 96 + 32 * n
    const length = 290 - 11 * n
    const angle = 0.42 * Math.cos(2 * Math.PI * (6 + n) * t)
    // Seen from the front, and a little from above: those that swing towards us are larger and lower.
    const y = 28 + length * Math.cos(angle)
    const depth = Math.sin(angle) / Math.sin(0.42)
    canvas.strokeStyle = '#3a4052'
    canvas.lineWidth = 1.5
    canvas.beginPath()
    canvas.moveTo(x, 28)
    canvas.lineTo(x, y + 16 * depth)
    canvas.stroke()
    canvas.fillStyle = `hsl(${20 + 22 * n} 80% ${58 + 10 * depth}%)`
    disc(canvas, x, y + 16 * depth, 12 + 3 * depth)
  }
}

// ── Rain on a pond ──

function rain(canvas: Canvas, t: number): void {
  fill(canvas, '#28505e')
  canvas.fillStyle = '#356474'
  canvas.beginPath()
  canvas.ellipse(WIDTH / 2, HEIGHT * 0.62, 330, 150, 0, 0, 2 * Math.PI)
  canvas.fill()
  for (let n = 0; n < 70; n++) drop(canvas, t, n)
  lily(canvas, 168, 262, 38)
  lily(canvas, 236, 290, 24)
  lily(canvas, 492, 232, 30)
}

/** It begins slowly and ends so: most drops fall in the middle. */
function drop(canvas: Canvas, t: number, n: number): void {
  const age = (t - 0.5 - 0.46 * (2 * chance(n) - 1) ** 3) * SECONDS
  const x = 60 + chance(n + 300) * (WIDTH - 120)
  const y = 150 + chance(n + 600) * 170
  canvas.lineWidth = 2
  if (age > -0.2 && age < 0) {
    canvas.strokeStyle = '#b9d7de'
    canvas.beginPath()
    canvas.moveTo(x, y + age * 900)
    canvas.lineTo(x, y + age * 900 + 16)
    canvas.stroke()
  }
  if (age < 0 || age > 2) return
  for (const ring of [0, 0.25]) {
    if (age < ring) continue
    canvas.strokeStyle = `rgb(200 228 234 / ${0.7 * (1 - age / 2)})`
    canvas.beginPath()
    canvas.ellipse(x, y, 34 * (age - ring), 15 * (age - ring), 0, 0, 2 * Math.PI)
    canvas.stroke()
  }
}

function lily(canvas: Canvas, x: number, y: number, size: number): void {
  canvas.fillStyle = '#6f9a52'
  canvas.beginPath()
  canvas.moveTo(x, y)
  canvas.ellipse(x, y, size, size * 0.45, 0, 0.25, 2 * Math.PI - 0.25)
  canvas.fill()
  canvas.fillStyle = '#f3c6d3'
  disc(canvas, x - size * 0.2, y - size * 0.16, size * 0.22)
}

// ── What they are made of ──

function fill(canvas: Canvas, style: string | CanvasGradient): void {
  canvas.fillStyle = style
  canvas.fillRect(0, 0, WIDTH, HEIGHT)
}

function disc(canvas: Canvas, x: number, y: number, radius: number): void {
  canvas.beginPath()
  canvas.arc(x, y, radius, 0, 2 * Math.PI)
  canvas.fill()
}

type Colour = readonly [number, number, number]

function mix(from: Colour, to: Colour, share: number): string {
  return `rgb(${from.map((value, index) => Math.round(value + ((to[index] ?? 0) - value) * share)).join(' ')})`
}

const smooth = (t: number): number => t * t * (3 - 2 * t)

/** From 0 to 1, and always the same for the same number: the clips can be made anew. */
function chance(n: number): number {
  const x = Math.sin(n * 127.1 + 311.7) * 43_758.5453
  return x - Math.floor(x)
}

// ── The film ──

/** Draws a scene and encodes it. @returns what film/make.ts puts into a file; a page can only give back what JSON can say. */
async function film(name: string): Promise<object> {
  const scene = scenes[name]
  const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d')
  if (scene === undefined || context === null) throw new Error(`There is no scene ${name}, or no canvas.`)
  const pictures: { timeMs: number; isKey: boolean; base64: string }[] = []
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
      pictures.push({ timeMs: Math.round(chunk.timestamp / 1000), isKey: chunk.type === 'key', base64 })
    },
    error: (error) => reportError(error),
  })
  encoder.configure({
    codec: 'vp09.00.10.08',
    width: WIDTH,
    height: HEIGHT,
    bitrate: BITS_PER_SECOND,
    framerate: PICTURES_PER_SECOND,
  })
  const count = SECONDS * PICTURES_PER_SECOND
  for (let n = 0; n < count; n++) {
    scene(context, n / count)
    const picture = new VideoFrame(context.canvas, { timestamp: (n * 1_000_000) / PICTURES_PER_SECOND })
    encoder.encode(picture, { keyFrame: n % (KEY_EVERY_SECONDS * PICTURES_PER_SECOND) === 0 })
    picture.close()
  }
  await encoder.flush()
  return { width: WIDTH, height: HEIGHT, durationMs: SECONDS * 1000, pictures }
}

Object.assign(window, { scenes, film })
