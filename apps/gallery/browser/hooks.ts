import { type HooksOptions, ViewHook } from 'phoenix_live_view'

interface Dot {
  readonly x: number
  readonly y: number
}

/** A canvas that the server knows the dots of. Places are parts of its width and height, so that every page may have another size. */
class Canvas extends ViewHook {
  dots: Dot[] = []

  override mounted(): void {
    this.el.addEventListener('pointerdown', ({ offsetX, offsetY }) => {
      void this.put({ x: offsetX / this.el.clientWidth, y: offsetY / this.el.clientHeight })
    })
    this.handleEvent('dots', ({ dots }: { dots: Dot[] }) => {
      this.dots = dots
      this.draw()
    })
    new ResizeObserver(() => this.draw()).observe(this.el)
  }

  async put(dot: Dot): Promise<void> {
    this.dots.push(dot)
    this.draw()
    const { number } = (await this.pushEvent('dot', dot)) as { number: number }
    this.el.setAttribute('aria-label', `A place to draw dots, with ${number} of them`)
  }

  draw(): void {
    const canvas = this.el as HTMLCanvasElement
    const scale = devicePixelRatio
    canvas.width = canvas.clientWidth * scale
    canvas.height = canvas.clientHeight * scale
    const context = canvas.getContext('2d')
    if (context === null) return
    context.fillStyle = getComputedStyle(canvas).color
    for (const { x, y } of this.dots) {
      context.beginPath()
      context.arc(x * canvas.width, y * canvas.height, 7 * scale, 0, 2 * Math.PI)
      context.fill()
    }
  }
}

export const hooks: HooksOptions = { Canvas }
