/** Waits so many milliseconds of the machine's clock. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until something holds. @returns whether it did, within so many milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  while (Date.now() < deadline) {
    if (await holds()) return true
    await pause(10)
  }
  return await holds()
}
