import type { Environment } from './definition.ts'

/** What one application is set to. */
interface Layers {
  /** Keys in force. */
  values: Map<string, unknown>
  /** Set with `persistent`: they outlive the next load. */
  readonly persistent: Map<string, unknown>
  /** From outside the application: file, environment, command line. */
  configured: Environment
}

/**
 * The settings of every application of one runtime.
 *
 * `defaults < configured < put`: the first two are merged when the application is loaded; a later `put` changes what is in
 * force until the application is unloaded. Values in, values out.
 * Semantics: OTP `application`, "Configuration Parameter Values".
 */
export class Settings {
  private readonly byName = new Map<string, Layers>()

  load(name: string, defaults: Environment): void {
    const layers = this.of(name)
    layers.values = new Map([...Object.entries(defaults), ...Object.entries(layers.configured), ...layers.persistent])
  }

  unload(name: string): void {
    const layers = this.of(name)
    layers.values = new Map(layers.persistent)
  }

  /** @param isLoaded - then the values are in force at once. */
  configure(name: string, values: Environment, isLoaded: boolean): void {
    const layers = this.of(name)
    layers.configured = { ...layers.configured, ...values }
    if (isLoaded) for (const [key, value] of Object.entries(values)) layers.values.set(key, value)
  }

  has(name: string, key: string): boolean {
    return this.byName.get(name)?.values.has(key) ?? false
  }

  get(name: string, key: string): unknown {
    return this.byName.get(name)?.values.get(key)
  }

  all(name: string): Environment {
    return Object.freeze(Object.fromEntries(this.byName.get(name)?.values ?? []))
  }

  put(name: string, key: string, value: unknown, persistent: boolean): void {
    const layers = this.of(name)
    layers.values.set(key, value)
    if (persistent) layers.persistent.set(key, value)
  }

  delete(name: string, key: string): void {
    const layers = this.byName.get(name)
    layers?.values.delete(key)
    layers?.persistent.delete(key)
  }

  private of(name: string): Layers {
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const made: Layers = { values: new Map(), persistent: new Map(), configured: {} }
    this.byName.set(name, made)
    return made
  }
}
