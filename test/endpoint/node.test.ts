import t from 'tap'
import { node } from '../../src/endpoint/node.ts'
import { serverAdapterContract } from '../contracts/server-adapter.ts'

t.test('Node and ws keep the contract of a server', (t) => serverAdapterContract(t, node()))
