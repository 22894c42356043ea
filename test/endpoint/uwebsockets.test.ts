import t from 'tap'
import { uWebSockets } from '../../src/endpoint/uwebsockets.ts'
import { serverAdapterContract } from '../contracts/server-adapter.ts'

t.test('uWebSockets.js keeps the contract of a server', (t) => serverAdapterContract(t, uWebSockets))
