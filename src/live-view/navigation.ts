/** Where a callback wants to go. */
export type Redirect =
  /** The same view at another address: the page stays, `handleParams` runs. */
  | { readonly type: 'patch'; readonly to: string; readonly kind: 'push' | 'replace' }
  /** Another view of the same live session: without loading the page. */
  | { readonly type: 'navigate'; readonly to: string; readonly kind: 'push' | 'replace' }
  /** Anything else: the page is loaded. `status`: while the page is made over HTTP. */
  | { readonly type: 'redirect'; readonly to: string; readonly status: number; readonly isExternal: boolean }
