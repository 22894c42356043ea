import { StaticManifest } from '../http/static-manifest.ts'
import type { EndpointSettings } from './options.ts'

/** Read once: a deploy brings another program. */
const manifests = new WeakMap<EndpointSettings, StaticManifest>()

/**
 * The names of an endpoint's static files; `undefined` without `cacheStaticManifest`.
 * @throws {BadArgumentError} for a file that cannot be read.
 */
export function manifestOf(settings: EndpointSettings): StaticManifest | undefined {
  const { cacheStaticManifest } = settings
  if (cacheStaticManifest === undefined) return undefined
  const known = manifests.get(settings) ?? new StaticManifest('Endpoint: cacheStaticManifest', cacheStaticManifest)
  manifests.set(settings, known)
  return known
}
