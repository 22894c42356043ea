import { readdirSync, statSync } from 'node:fs'

/** How many descriptors of this process are open on a file. On Linux; elsewhere always 0. */
export function openOn(path: string): number {
  const { ino } = statSync(path)
  return descriptors().filter((fd) => inode(fd) === ino).length
}

function descriptors(): string[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd') : []
}

function inode(fd: string): number | undefined {
  try {
    return statSync(`/proc/self/fd/${fd}`).ino
  } catch {
    return undefined // closed meanwhile
  }
}

/** Waits for what happens behind a promise that nobody gets. If it never does, the test runner's patience ends. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}
