import t from 'tap'
import { examplesIn, moduleOf } from '../support/doc-examples.ts'
import { papersExamples, tryExamples } from '../support/try-examples.ts'

t.test('the examples of the papers compile, and those of the front page run', (t) => tryExamples(t, papersExamples()))

t.test('blocks are found in papers and in docstrings', async (t) => {
  const paper = ['# Title', '```ts', '// chat.ts', 'a()', '```', 'text', '```ts fragment', 'b()', '```', '```sh', '```']
  const found = examplesIn('README.md', paper.join('\n'))
  t.match(found, [
    { line: 3, code: '// chat.ts\na()', isFragment: false, name: 'chat' },
    { line: 8, code: 'b()', isFragment: true, name: 'line-8' },
  ])
  t.equal(found.length, 2)
  const source = ['/**', ' * Text.', ' *', ' * ```ts', ' * c()', ' * ```', ' */']
  t.match(examplesIn('src/a.ts', source.join('\n')), [{ line: 5, code: 'c()', isFragment: false }])
  t.equal(moduleOf({ source: '', line: 3, code: 'x', isFragment: false, name: '' }).split('\n')[2], 'x')
})
