import t from 'tap'
import { docstringsExamples, tryExamples } from '../support/try-examples.ts'

t.test('the examples of docstrings compile and run', (t) => tryExamples(t, docstringsExamples()))
