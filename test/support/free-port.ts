export { freePort } from '../../apps/shared/free-port.ts'
