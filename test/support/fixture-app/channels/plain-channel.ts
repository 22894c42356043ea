import { Channel, ok, reply } from 'beamish/channel'

/** `system`, `food*`, `foo*`: it tells where one is. */
export const PlainChannel = Channel.define({
  module: 'PlainChannel',
  join: (topic, _params, socket) => ok({ topic, assigns: socket.assigns, chan: 'plain' }),
  handleIn: { echo: (payload) => reply(payload) },
})
