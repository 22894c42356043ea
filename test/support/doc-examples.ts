// The examples in our papers and docstrings, as files that can be compiled and run.

/** One ```ts block. */
export interface Example {
  /** The paper or source file that it stands in, from the top of the repository. */
  readonly source: string
  /** The line of its first line of code, counted from 1. */
  readonly line: number
  readonly code: string
  /** Marked ```ts fragment: it is compiled, not run. */
  readonly isFragment: boolean
  /** The name that it gives itself in a first line such as `// chat.ts`, by which others of its paper import it. */
  readonly name: string
}

/** The ```ts blocks of a paper, or of the docstrings of a source file. */
export function examplesIn(source: string, text: string): Example[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    // A docstring has its star before the fence; the code has the same margin.
    const [, margin = '', kind = ''] = /^(\s*(?:\* )?)```ts( fragment)?$/.exec(line) ?? []
    if (!/^\s*(?:\* )?```ts( fragment)?$/.test(line)) return []
    const end = lines.indexOf(`${margin}\`\`\``, at)
    const body = lines.slice(at + 1, end).map((inner) => inner.slice(margin.length))
    const name = /^\/\/ ([\w-]+(?:\.[\w-]+)*)\.ts$/.exec(body[0] ?? '')?.[1] ?? `line-${at + 2}`
    return [{ source, line: at + 2, code: body.join('\n'), isFragment: kind !== '', name }]
  })
}

/** The folder for the examples of one paper: they may import each other. */
export function folderOf(source: string): string {
  return source.replaceAll(/[^\w]+/g, '-')
}

/** The example as a module whose errors have the line numbers of the paper. */
export function moduleOf({ code, line }: Example): string {
  return `${'\n'.repeat(line - 1)}${code}\nexport {}\n`
}
