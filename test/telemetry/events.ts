// The events of these tests, added as an app adds its own: through the door, which must be open to augmentation.
declare module '../../src/telemetry/index.ts' {
  interface Events {
    'test.telemetry.order': { measurements: { cents: number }; metadata: { id: string } }
    'test.telemetry.refund': { measurements: { cents: number; fee: number }; metadata: { why: string } }
  }
  interface Spans {
    'test.telemetry.render': { metadata: { view: string }; stop: { bytes: number } }
    'test.telemetry.bare': { metadata: { n: number } }
  }
}

/** Makes this file a module, and so the declaration above an augmentation. */
export type OrderEvent = 'test.telemetry.order'
