/** The view itself, among the owners of components. */
export const ROOT = 0

/** Whose template uses which component, in one render pass. */
export class Owners {
  private readonly owners = new Map<number, number>()

  set(cid: number, owner: number): void {
    this.owners.set(cid, owner)
  }

  clear(): void {
    if (this.owners.size > 0) this.owners.clear()
  }

  /**
   * The components that changed, and those around them, by their owners.
   * @param isSent - whether something of a component, or of the root, is in the message.
   * @returns only those whose owner the client renders as a whole: the others it renders by themselves.
   */
  changedIn(changed: Iterable<number>, isSent: (owner: number) => boolean): Map<number, Set<number>> {
    const byOwner = new Map<number, Set<number>>()
    for (const cid of changed) this.addWithOwners(cid, byOwner)
    for (const owner of byOwner.keys()) if (!this.isRenderedWhole(owner, isSent)) byOwner.delete(owner)
    return byOwner
  }

  private addWithOwners(cid: number, byOwner: Map<number, Set<number>>): void {
    const owner = this.owners.get(cid)
    if (owner === undefined) return
    const known = byOwner.get(owner)
    if (known?.has(cid)) return
    byOwner.set(owner, (known ?? new Set()).add(cid))
    this.addWithOwners(owner, byOwner)
  }

  private isRenderedWhole(cid: number, isSent: (owner: number) => boolean): boolean {
    if (isSent(cid)) return true
    const owner = this.owners.get(cid)
    return owner !== undefined && this.isRenderedWhole(owner, isSent)
  }
}
