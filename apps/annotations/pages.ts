import { assetsOf } from '../shared/assets.ts'

/** What the browser gets: written in browser/, bundled when the program starts. */
export const assets = assetsOf('annotations', ['annotations.ts', 'annotations.css'])
