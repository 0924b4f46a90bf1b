/**
 * An INVITE to several phones of one agent at once: the first that answers has the call, and the others are told that it was
 * completed elsewhere. It fails when the last of them has refused, or one of them for all (RFC 3261 §16.7).
 */
import {
  InviteClient,
  type InviteClientHandlers,
  type InviteClientOptions,
  type SipResponse,
  type UserAgent,
} from '../sip/index.ts'

/** RFC 3326: what a phone is told whose owner took the call with another one. */
export const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"'

interface Refusal {
  readonly status: number
  readonly response: SipResponse | null
}

export class ForkedInvite {
  readonly #clients: (InviteClient | null)[] = []
  readonly #handlers: InviteClientHandlers
  readonly #onChosen: (index: number) => void
  #callId: string
  #refusal: Refusal | null = null
  #waiting: number
  #over = false

  /**
   * @param branches each with a Call-ID of its own
   * @param onChosen which of them has answered, before `onAccepted`
   */
  constructor(
    userAgent: UserAgent,
    branches: readonly InviteClientOptions[],
    handlers: InviteClientHandlers,
    onChosen: (index: number) => void,
  ) {
    this.#handlers = handlers
    this.#onChosen = onChosen
    this.#waiting = branches.length
    this.#callId = branches[0]?.callId ?? ''
    for (const branch of branches) {
      const index = this.#clients.length
      this.#clients.push(null)
      this.#clients[index] = new InviteClient(userAgent, branch, this.#handlersOf(index))
    }
  }

  /** Of the one that has answered; of the first before. */
  get callId(): string {
    return this.#callId
  }

  /** As {@link InviteClient.cancel}, for all of them. */
  cancel(reason: string | null = null): void {
    if (this.#over) return
    this.#over = true
    for (const client of this.#clients) client?.cancel(reason)
  }

  #handlersOf(index: number): InviteClientHandlers {
    return {
      dialog: this.#handlers.dialog,
      onProgress: response => {
        if (!this.#over) this.#handlers.onProgress(response)
      },
      onAccepted: (dialog, answer, response) => {
        // Cannot be the second one: those were cancelled, and tell nothing any more.
        this.#over = true
        this.#cancelOthers(index)
        this.#callId = this.#clients[index]?.callId ?? ''
        this.#onChosen(index)
        this.#handlers.onAccepted(dialog, answer, response)
      },
      onFailed: (status, response) => this.#onFailed(index, { status, response }),
    }
  }

  #onFailed(index: number, refusal: Refusal): void {
    if (this.#over) return
    this.#waiting -= 1
    this.#refusal = better(this.#refusal, refusal)
    // RFC 3261 §16.7 step 5: a 6xx speaks for all phones of the agent.
    const isGlobal = refusal.status >= 600
    if (!isGlobal && this.#waiting > 0) return
    this.#over = true
    this.#cancelOthers(index)
    const { status, response } = this.#refusal
    this.#handlers.onFailed(status, response)
  }

  #cancelOthers(index: number): void {
    this.#clients.forEach((client, i) => {
      if (i !== index) client?.cancel(completedElsewhere)
    })
  }
}

/** RFC 3261 §16.7 step 6: a 6xx, else of the lowest class; and what an agent did goes before what a phone could not. */
function better(before: Refusal | null, next: Refusal): Refusal {
  if (before === null) return next
  return rank(next) < rank(before) ? next : before
}

function rank({ status, response }: Refusal): number {
  if (status >= 600) return 0
  if (status === 486) return 1
  return response === null ? 10 : Math.floor(status / 100)
}
