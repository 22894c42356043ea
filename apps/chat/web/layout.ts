import { csrfMetaTag, html, type RootLayout } from 'beamish/live-view'

/** The document around every page. */
export const document: RootLayout = ({ pageTitle, innerContent, conn }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
    <meta name="color-scheme" content="light dark">
    ${csrfMetaTag(conn)}
    <title data-default="Chat" data-suffix=" · Chat">${pageTitle ? `${pageTitle} · Chat` : 'Chat'}</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/chat.css">
    <script type="module" src="/assets/chat.js"></script>
  </head>
  <body>${innerContent}</body>
</html>`
