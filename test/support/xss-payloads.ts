// Texts that would run a script, add markup or break out of their place if they were not taken as text. Each that runs says so by
// `top.__pwned`. Kinds after OWASP's filter evasion list and the HTML parser's own odd corners.

const RUN = 'top.__pwned=1'

/** Breaks out of text. */
const ELEMENTS = [
  `<script>${RUN}</script>`,
  `<ScRiPt >${RUN}</sCrIpT >`,
  `<img src=x onerror=${RUN}>`,
  `<img/src=x/onerror=${RUN}//`,
  `<svg/onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<iframe srcdoc="<script>${RUN}</script>"></iframe>`,
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<details open ontoggle=${RUN}><summary>x</summary></details>`,
  `<input autofocus onfocus=${RUN}>`,
  `<body onload=${RUN}>`,
  `<math><mtext><table><mglyph><style><img src onerror=${RUN}>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<template><script>${RUN}</script></template>`,
  `<a href="javascript:${RUN}" data-phx-link="redirect">x</a>`,
  `<div phx-mounted='[["set_attr",{"attr":["onclick","${RUN}"]}]]' id="x">`,
  `<p data-phx-component="1" data-phx-session="x" data-phx-main id="phx-x">`,
]

/** Breaks out of what stands around it. */
const ENDS = [
  `"><script>${RUN}</script>`,
  `'><script>${RUN}</script>`,
  `" onmouseover="${RUN}" autofocus onfocus="${RUN}" x="`,
  `' autofocus onfocus='${RUN}' x='`,
  `x onfocus=${RUN} autofocus `,
  `\` onerror=${RUN} \``,
  `</textarea><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `</style></script><script>${RUN}</script>`,
  `--><script>${RUN}</script><!--`,
  `--!><img src=x onerror=${RUN}>`,
  `]]><script>${RUN}</script>`,
  `<!--`,
  `</div></main></body></html>`,
  `/><img src=x onerror=${RUN}>`,
  `\n\r\t\f"><img src=x onerror=${RUN}>`,
]

/** Becomes something when it is decoded once too often. */
const ENCODED = [
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `&#60;img src=x onerror=${RUN}&#62;`,
  `&quot;&gt;&lt;img src=x onerror=${RUN}&gt;`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
  `\\u003cimg src=x onerror=${RUN}\\u003e`,
  `\\x3cscript\\x3e${RUN}\\x3c/script\\x3e`,
  `＜script＞${RUN}＜/script＞`,
  `<\u0000script>${RUN}</script>`,
  `\u2028<script>${RUN}</script>\u2029`,
]

/** Means something where it is taken for code, an address or commands. */
const MEANINGS = [
  `javascript:${RUN}`,
  `java\tscript:${RUN}`,
  ` JaVaScRiPt:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `red; background: url(javascript:${RUN})`,
  `expression(${RUN})`,
  `');${RUN};//`,
  `\${${RUN}}`,
  `{{constructor.constructor('${RUN}')()}}`,
  `__proto__`,
  `constructor`,
]

/** Commands of the client, which it performs where it expects the name of an event. */
export const COMMANDS = [
  `[["set_attr",{"attr":["onclick","${RUN}"]}],["dispatch",{"event":"click"}]]`,
  `[["exec",{"attr":"data-cancel"}]]`,
  '[',
]

/** All of them. */
export const PAYLOADS: readonly string[] = [...ELEMENTS, ...ENDS, ...ENCODED, ...MEANINGS, ...COMMANDS]
