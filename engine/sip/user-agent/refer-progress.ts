/**
 * What a REFER's sender is told of it: the implicit subscription (RFC 3515 §2.4.4) and its NOTIFYs, one after the other.
 * It lives within the dialog of the call, and ends with it.
 */
import { setBody } from '../message/message.ts'
import { reasonPhrase } from '../message/status.ts'
import type { DialogLine } from './invite-line.ts'

/** Longer than any target rings. */
const expiresSec = 240
const sipfrag = 'message/sipfrag;version=2.0'

export interface ReferProgressOptions {
  readonly line: DialogLine
  /** Of the Event; '' for the first REFER of a dialog (§2.4.6). */
  readonly id: string
  /** The sender wants to hear nothing (RFC 4488). */
  readonly isQuiet: boolean
  readonly isEnded: () => boolean
  onClosed(): void
}

interface Word {
  readonly status: number
  /** Why it is the last one; null: it is not. */
  readonly endedBy: 'noresource' | 'timeout' | null
  readonly heard: () => void
}

export class ReferProgress {
  readonly #options: ReferProgressOptions
  #closed = false
  /** The last word is said, or about to be. */
  #isOver = false
  #sending = false
  /** What is to be told next; a newer word takes the place of an older one. */
  #next: Word | null = null
  /** What was told last, or is about to be. */
  #status = 100

  constructor(options: ReferProgressOptions) {
    this.#options = options
  }

  /** As NOTIFYs name it; null: there is none. */
  get event(): string | null {
    const { id, isQuiet } = this.#options
    if (isQuiet) return null
    return id === '' ? 'refer' : `refer;id=${id}`
  }

  /** 100 or 180: it goes on. */
  tell(status: number): void {
    this.#say({ status, endedBy: null, heard: () => {} })
  }

  /** The sender wants to hear no more, though it goes on. RFC 6665 §4.2.1.4: he is told that this is over. */
  silence(): void {
    this.#say({ status: this.#status, endedBy: 'timeout', heard: () => {} })
  }

  /** The last word: what the target has answered. `heard`: the sender has it, or never will. */
  finish(status: number, heard: () => void = () => {}): void {
    this.#say({ status, endedBy: 'noresource', heard })
  }

  #say(word: Word): void {
    const isLast = word.endedBy !== null
    if (this.#options.isQuiet || this.#isOver || this.#closed) {
      if (isLast) this.#close()
      word.heard()
      return
    }
    this.#isOver = isLast
    this.#status = word.status
    this.#next = word
    if (!this.#sending) this.#send()
  }

  #send(): void {
    const word = this.#next
    if (word === null) return
    this.#next = null
    const { line, isEnded } = this.#options
    if (isEnded()) {
      this.#close()
      word.heard()
      return
    }
    this.#sending = true
    const notify = line.dialog.createRequest('NOTIFY')
    notify.headers
      .append('event', this.event ?? '')
      .append(
        'subscription-state',
        word.endedBy === null ? `active;expires=${expiresSec}` : `terminated;reason=${word.endedBy}`,
      )
    setBody(notify, sipfrag, `SIP/2.0 ${word.status} ${reasonPhrase(word.status)}\r\n`)
    const answered = (isKept: boolean) => {
      this.#sending = false
      if (word.endedBy !== null || !isKept) this.#close()
      word.heard()
      this.#send()
    }
    line.send(notify, {
      onResponse: ({ status }) => {
        // RFC 6665 §4.2.2: after a refusal the subscription is gone.
        if (status >= 200) answered(status < 300)
      },
      onTimeout: () => answered(false),
      onTransportError: () => answered(false),
    })
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#options.onClosed()
  }
}
