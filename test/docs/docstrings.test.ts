import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// What the compiler wrote down of our doors: dist/src.
const declarations = fileURLToPath(new URL('../../src/', import.meta.url))

/** One name that a door exports, and the declaration file that it comes from. */
interface Exported {
  readonly door: string
  readonly name: string
  readonly file: string
}

function doors(): string[] {
  const rooms = readdirSync(declarations, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const paths = ['index.d.ts', ...rooms.map((room) => `${room.name}/index.d.ts`)]
  return paths.filter((path) => existsSync(declarations + path))
}

/** `./spawn.ts` as a door writes it, as the declaration file behind it. */
function target(door: string, specifier: string): string {
  return resolve(dirname(declarations + door), specifier).replace(/\.ts$/, '.d.ts')
}

function exportsOf(door: string): Exported[] {
  const text = readFileSync(declarations + door, 'utf8')
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)]
  const named = lists.flatMap(([, names = '', from = '']) =>
    names.split(',').flatMap((entry) => {
      // `type A as B` is declared as A.
      const name =
        entry
          .trim()
          .replace(/^type /, '')
          .split(' as ')[0] ?? ''
      return name === '' ? [] : [{ door, name, file: target(door, from) }]
    }),
  )
  const stars = [...text.matchAll(/^export \* from '([^']+)'/gm)].flatMap(([, from = '']) => {
    const file = target(door, from)
    const found = readFileSync(file, 'utf8').matchAll(
      /^export (?:declare )?(?:interface|type|const|class|function) (\w+)/gm,
    )
    return [...found].map(([, name = '']) => ({ door, name, file }))
  })
  return [...named, ...stars]
}

/** What stands right before the (first) declaration of `name`; `undefined` when there is none. */
function beforeDeclaration(text: string, name: string): string | undefined {
  const kinds = '(?:abstract class|class|interface|type|const|function|let)'
  const declaration = new RegExp(`^(?:export )?(?:declare )?${kinds} ${name}\\b`, 'm').exec(text)
  return declaration === null ? undefined : text.slice(0, declaration.index).trimEnd()
}

function isUndocumented({ name, file }: Exported): boolean {
  const before = beforeDeclaration(readFileSync(file, 'utf8'), name)
  return before === undefined || !before.endsWith('*/')
}

t.test('every name that a door exports has a docstring on its declaration', async (t) => {
  const exported = doors().flatMap(exportsOf)
  t.ok(exported.length > 150, 'the exports were found')
  t.same(
    exported.filter(isUndocumented).map(({ door, name }) => `${door}: ${name}`),
    [],
  )
})

t.test('the first sentence of a docstring is short', async (t) => {
  const long = doors()
    .flatMap(exportsOf)
    .flatMap(({ door, name, file }) => {
      const before = beforeDeclaration(readFileSync(file, 'utf8'), name) ?? ''
      const comment = before.slice(before.lastIndexOf('/**') + 3).replace(/\*\/$/, '')
      const words = comment
        .replace(/^\s*\* ?/gm, ' ')
        .replace(/\s+/g, ' ')
        .trim()
      const sentence = words.split(/(?<=[.:;?!])\s/)[0] ?? ''
      return sentence.length > FIRST_SENTENCE ? [`${door}: ${name}: ${sentence}`] : []
    })
  t.same(long, [])
})

/** Editors show the beginning of a docstring on one line. */
const FIRST_SENTENCE = 130
