import type { Conn } from '../http/conn.ts'
import type { Rendered } from './template/html.ts'
import type { Raw } from './template/values.ts'

// biome-ignore lint/suspicious/noExplicitAny: a layout is for views of many kinds
type AnyAssigns = Readonly<Record<string, any>>

/**
 * Markup around a view, inside its container: part of the view's tree, and patched like it. It gets the view's assigns, and
 * `innerContent`, the view. Semantics: liveview.md §2.3.
 */
export type LiveLayout = (assigns: AnyAssigns & { readonly innerContent: Rendered }) => Rendered

/**
 * The document around the container of a view: rendered over HTTP only, and never patched. It gets the view's assigns as they are
 * then, `innerContent`, which is the view in its container, and `conn`, the request.
 */
export type RootLayout = (assigns: AnyAssigns & { readonly innerContent: Raw; readonly conn: Conn }) => Rendered

/** Attributes of the element that a view lives in. A list of classes is joined. */
export type ContainerAttributes = Readonly<Record<string, unknown>>

/** The element that a view lives in: its tag, and its attributes. Default `['div', {}]`. */
export type Container = readonly [tag: string, attributes: ContainerAttributes]
