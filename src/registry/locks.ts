/** Who holds what, and who waits for it: first come, first served. Values in, values out. */
export class Locks<Holder> {
  /** By lock: the holder, then those who wait. Never empty. */
  private readonly queues = new Map<unknown, Holder[]>()

  /** How many locks are held. */
  get size(): number {
    return this.queues.size
  }

  /** Puts `holder` at the end of the queue. @returns whether it holds the lock at once. */
  enter(lock: unknown, holder: Holder): boolean {
    const queue = this.queues.get(lock)
    if (queue === undefined) this.queues.set(lock, [holder])
    else queue.push(holder)
    return queue === undefined
  }

  /** Takes `holder` out of the queue, wherever it stands. @returns who holds the lock from now on, when that has changed. */
  leave(lock: unknown, holder: Holder): Holder | undefined {
    const queue = this.queues.get(lock) ?? []
    const position = queue.indexOf(holder)
    if (position < 0) return undefined
    queue.splice(position, 1)
    if (queue.length === 0) this.queues.delete(lock)
    return position === 0 ? queue[0] : undefined
  }
}
