import { form, html, LiveView, portal } from 'beamish/live-view'

// A form at the target of a portal, submitted by a button that stands elsewhere.
// https://github.com/phoenixframework/phoenix_live_view/issues/4107

export const Issue4107Live = LiveView.define({
  module: 'Issue4107Live',
  render: () => html`<div>
    ${portal(
      { id: 'test-form-portal', target: 'body' },
      form(
        { id: 'test-form', action: '/api/test', method: 'post' },
        html`<input type="hidden" name="test_input" value="test_value">`,
      ),
    )}
    <button type="submit" form="test-form">Submit</button>
  </div>`,
})
