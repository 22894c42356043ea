import {
  csrfMetaTag,
  each,
  html,
  JS,
  type LiveLayout,
  link,
  liveTitle,
  type Rendered,
  type RootLayout,
} from 'beamish/live-view'
import { FEATURES, type Feature } from './features.ts'
import { coloured } from './source.ts'

/** The document around every page. */
export const document: RootLayout = ({ pageTitle, innerContent, conn }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${csrfMetaTag(conn)}
    ${liveTitle({ default: 'Gallery', suffix: ' · Beamish' }, pageTitle)}
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/gallery.css">
    <script type="module" src="/assets/gallery.js"></script>
  </head>
  <body>${innerContent}<div id="overlays"></div></body>
</html>`

/** What is around the live views: the list of pages, words to the user, and the source. */
export const frame: LiveLayout = ({ innerContent, flash, feature, source }) => html`<div class="frame">
  ${menu(feature)}
  <main>
    ${words('info', flash['info'])} ${words('error', flash['error'])}
    ${feature && html`<header><h1>${feature.title}</h1><p class="lead">${feature.lead}</p></header>`}
    ${innerContent}
    ${source && html`<figure class="source"><figcaption>live/${feature.file}</figcaption><pre tabindex="0"><code>${coloured(source)}</code></pre></figure>`}
  </main>
</div>`

function menu(current: Feature | undefined): Rendered {
  return html`<nav id="menu" aria-label="Pages">
    <div class="bar">
      ${link({ navigate: '/', class: 'brand' }, html`<img src="/assets/icon.svg" alt="" width="28" height="28"> Gallery`)}
      <button class="quiet toggle" type="button" aria-label="Pages" phx-click=${JS.toggleClass('open', { to: '#menu' })}>☰</button>
    </div>
    <ul>${each(
      FEATURES,
      ({ path }) => path,
      ({ path, title }) =>
        html`<li>${link({ navigate: path, 'aria-current': path === current?.path && 'page' }, title)}</li>`,
    )}</ul>
  </nav>`
}

function words(kind: 'info' | 'error', text: unknown): Rendered | false {
  if (typeof text !== 'string') return false
  const clear = JS.push('lv:clear-flash', { value: { key: kind } }).hide({ to: `#flash-${kind}` })
  return html`<p id=${`flash-${kind}`} class=${['flash', kind]} role=${kind === 'error' ? 'alert' : 'status'}>
    ${text} <button class="quiet" aria-label="Close" phx-click=${clear}>×</button></p>`
}
