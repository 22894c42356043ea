import { attributeOf, type Element, hasAttribute, outerHtml } from './dom.ts'
import { wrong } from './failure.ts'
import {
  controlsOf,
  type Entry,
  encode,
  entriesIn,
  type FormValues,
  filledIn,
  flatten,
  isDisabled,
} from './form-fields.ts'
import type { LiveOutcome } from './live-redirect.ts'
import { selectAll } from './selector.ts'
import { phxValues, TestElement } from './test-element.ts'
import type { TestUpload } from './test-upload.ts'
import type { TestView } from './test-view.ts'

/** How a form is found, and what is in it. */
export interface FormQuery {
  readonly selector: string
  readonly values: FormValues
}

/** What a form sends over HTTP. */
export interface FormRequest {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** A form of a live view, with what somebody filled in. What was not filled in is as it stands on the page. */
export class TestForm extends TestElement {
  private readonly values: FormValues
  private submitter: string | undefined = undefined

  constructor(view: TestView, { selector, values }: FormQuery) {
    super(view, { selector })
    this.values = values
  }

  /** The button that it is sent with. */
  putSubmitter(selector: string): this {
    this.submitter = selector
    return this
  }

  /**
   * Somebody changes it. @param more - values beside, hidden ones too; `_target` is the path of what was changed.
   * @throws {AssertionError} for a field that nobody could fill in so.
   */
  renderChange(more: FormValues = {}): Promise<LiveOutcome> {
    return this.sendForm('change', more)
  }

  /** Somebody chooses files in it. @throws as {@link renderChange}. */
  async renderUploadChange(upload: TestUpload): Promise<LiveOutcome> {
    await this.view.settle()
    const { name, uploads } = upload.chosen
    return await this.sendForm('change', { _target: name }, uploads)
  }

  /** Somebody sends it. @param more - values beside, hidden ones too. @throws as {@link renderChange}. */
  renderSubmit(more: FormValues = {}): Promise<LiveOutcome> {
    return this.sendForm('submit', more)
  }

  private async sendForm(
    kind: 'change' | 'submit',
    { _target, ...more }: FormValues,
    uploads?: object,
  ): Promise<LiveOutcome> {
    await this.view.settle()
    const form = this.form()
    const entries = this.entries(form, kind === 'submit')
    const target = _target === undefined ? {} : { _target }
    const meta = { ...phxValues(form), ...target }
    return await this.trigger(form, kind, encode([...entries, ...flatten(more)]), meta, uploads)
  }

  /** What it sends over HTTP, as it is. @throws {AssertionError} unless the page says `phx-trigger-action`. */
  async triggeredRequest(): Promise<FormRequest> {
    await this.view.settle()
    const form = this.form()
    if (!hasAttribute(form, 'phx-trigger-action'))
      throw wrong(`expected phx-trigger-action, but found ${outerHtml(form)}`)
    return this.request()
  }

  /** What it sends over HTTP; without an action to the page that it is on. */
  request(): FormRequest {
    const form = this.form()
    const method = (attributeOf(form, 'method') ?? 'get').toUpperCase()
    const path = attributeOf(form, 'action') ?? new URL(this.view.address).pathname
    return { method, path, body: encode(this.entries(form, true)) }
  }

  /** As {@link request}. @throws {AssertionError} unless it says where it goes. */
  async plainRequest(): Promise<FormRequest> {
    await this.view.settle()
    const form = this.form()
    if (!hasAttribute(form, 'action')) throw wrong(`expected a form with an action, but found ${outerHtml(form)}`)
    return this.request()
  }

  /** The ref of the file input with a name. For uploads. */
  uploadRef(name: string): string {
    const input = controlsOf(this.form(), this.view.dom()).find((control) => attributeOf(control, 'name') === name)
    const ref = input && attributeOf(input, 'data-phx-upload-ref')
    if (ref !== undefined) return ref
    throw wrong(`expected a liveFileInput with the name ${name}, but found ${outerHtml(input ?? this.form())}`)
  }

  private form(): Element {
    const form = this.one()
    if (form.tagName === 'form') return form
    throw wrong(`expected a form, but found ${outerHtml(form)}`)
  }

  private entries(form: Element, isSubmit: boolean): Entry[] {
    const page = this.view.dom()
    const same = selectAll(page, this.query.selector)[0] ?? form
    const controls = controlsOf(same, page)
    const submitter = isSubmit && this.submitter !== undefined ? this.submitterIn(controls, page) : undefined
    return Object.keys(this.values).length === 0
      ? entriesIn(controls, submitter)
      : filledIn(controls, this.values, submitter)
  }

  private submitterIn(controls: readonly Element[], page: ReturnType<TestView['dom']>): Element {
    const found = selectAll(page, this.submitter ?? '').filter((element) => controls.includes(element))
    const [button, ...more] = found
    if (button === undefined || more.length > 0)
      throw wrong(`expected one submitter of the form for ${this.submitter}, but found ${found.length}`)
    const type = attributeOf(button, 'type') ?? (button.tagName === 'button' ? 'submit' : 'text')
    if (type !== 'submit' && type !== 'image') throw wrong(`this sends no form: ${outerHtml(button)}`)
    if (isDisabled(button)) throw wrong(`the submitter is disabled: ${outerHtml(button)}`)
    return button
  }
}
