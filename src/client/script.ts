// For pages without a bundler: `<script src="…/beamish-client.js">` makes the client door the global `Beamish`.
// Built by scripts/build-client.js. The one file of the library that makes a global name: that is what it is for.
import { defineContract, type } from './contract.ts'
import { msgpack } from './msgpack.ts'
import { ContractError, PushError, typedChannel } from './typed-channel.ts'

Object.assign(globalThis, { Beamish: { msgpack, defineContract, type, typedChannel, ContractError, PushError } })
