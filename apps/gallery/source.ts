import { readFile } from 'node:fs/promises'
import { escapeHtml } from 'beamish/endpoint'
import { type Raw, raw } from 'beamish/live-view'

/** This file runs in dist/apps/gallery; the page shows what was written. */
const SOURCES = new URL('../../../apps/gallery/live/', import.meta.url)

/** The source of a page, as it is now. */
export function sourceOf(file: string): Promise<string> {
  return readFile(new URL(file, SOURCES), 'utf8')
}

const TOKEN =
  /(?<comment>\/\*\*[\s\S]*?\*\/|\/\/ .*)|(?<string>'[^'\n]*')|\b(?<keyword>import|from|export|const|let|return|if|else|async|await|type|interface|readonly|function|for|of|new|throw|class|extends)\b/g

/** Source in a few colours. Each piece of it is escaped. */
export function coloured(source: string): Raw {
  let html = ''
  let end = 0
  for (const match of source.matchAll(TOKEN)) {
    const [kind = ''] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? []
    html += `${escapeHtml(source.slice(end, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`
    end = match.index + match[0].length
  }
  return raw(html + escapeHtml(source.slice(end)))
}
