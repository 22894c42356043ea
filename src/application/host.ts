/** What `Application.run` does to the process of the operating system; replaced in tests. */
export interface Host {
  /** Calls `listener` at each of these signals. @returns a function that ends it. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void
  /** What the process will end with, once nothing keeps it. */
  setExitCode(code: number): void
  /** Ends the process at once. */
  exit(code: number): void
  /** What keeps the process running, for people. */
  activeResources(): readonly string[]
  /** One line for the operator. */
  warn(text: string): void
}

/** Node. */
export const nodeHost: Host = {
  onSignal: (signal, listener) => {
    process.on(signal, listener)
    return () => {
      process.off(signal, listener)
    }
  },
  setExitCode: (code) => {
    process.exitCode = code
  },
  exit: (code) => process.exit(code),
  activeResources: () => process.getActiveResourcesInfo(),
  warn: (text) => console.error(text),
}
