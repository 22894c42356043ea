import { Token } from 'beamish/endpoint'
import { html, type RootLayout } from 'beamish/live-view'
import { USER_TOKEN } from '../channels/user-socket.ts'
import { PERSON_ID } from './sessions.ts'

/** The document around every page, with the token that its script connects with. */
export const document: RootLayout = ({ pageTitle, innerContent, conn }) => {
  const reader = conn.session.get(PERSON_ID)
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${typeof reader === 'number' && html`<meta name="user-token" content=${Token.sign(conn, USER_TOKEN, reader)}>`}
    <title>${pageTitle}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/annotations.css">
    <script type="module" src="/assets/annotations.js"></script>
  </head>
  <body>${innerContent}</body>
</html>`
}
