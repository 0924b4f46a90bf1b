/** An agent's leg: an INVITE that we sent, and the dialog that it becomes. Signalling only. */
import type { Clock } from '../ports/clock.ts'
import {
  bodyText,
  type Flow,
  InviteClient,
  type InviteDialog,
  type OfferExchange,
  type UserAgent,
} from '../sip/index.ts'
import { type LegOutcome, outcomeOfDialog, refusalOf } from './leg-outcome.ts'
import { Liveness } from './liveness.ts'

export interface AgentLegHandlers {
  /** First 180 or 183. */
  onRinging(): void
  /** 200; `sdp` is the device's session description. */
  onAnswered(sdp: string): void
  onOffer(exchange: OfferExchange): void
  /** Exactly once, whoever ended it. */
  onEnded(outcome: LegOutcome): void
}

export interface AgentLegOptions {
  readonly userAgent: UserAgent
  readonly clock: Clock
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly flow: Flow
  readonly pinned: boolean
  readonly maxForwards: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly sdp: string
  readonly handlers: AgentLegHandlers
}

export class AgentLeg {
  readonly #client: InviteClient
  readonly #handlers: AgentLegHandlers
  #dialog: InviteDialog | null = null
  #liveness: Liveness | null = null
  #ringing = false
  #ended = false

  constructor(options: AgentLegOptions) {
    const { handlers } = options
    this.#handlers = handlers
    this.#client = new InviteClient(options.userAgent, options, {
      onProgress: () => {
        if (this.#ringing || this.#ended) return
        this.#ringing = true
        handlers.onRinging()
      },
      onAccepted: (dialog, response) => {
        this.#dialog = dialog
        this.#liveness = new Liveness(options.clock, dialog)
        this.#liveness.start()
        handlers.onAnswered(bodyText(response))
      },
      onFailed: (status, response) => this.#finish(refusalOf(status, response)),
      dialog: {
        onOffer: exchange => handlers.onOffer(exchange),
        onAnswer: () => {},
        onEnded: end => this.#finish(outcomeOfDialog(end)),
      },
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  get answered(): boolean {
    return this.#dialog !== null
  }

  /** CANCEL or BYE, whichever fits. `reason` is a Reason header value (RFC 3326). */
  hangup(reason: string | null = null): void {
    if (this.#ended) return
    if (this.#dialog !== null) {
      this.#dialog.bye(reason)
      return
    }
    this.#client.cancel(reason)
    this.#finish({ kind: 'released' })
  }

  reinvite(sdp: string, onResult: (answer: string | null, refusedWith: number) => void): void {
    this.#dialog?.reinvite(sdp, {
      onAnswer: answer => onResult(answer, 0),
      onRefused: status => onResult(null, status),
    })
  }

  watchedByMedia(watched: boolean): void {
    if (watched) this.#liveness?.stop()
    else if (!this.#ended) this.#liveness?.start()
  }

  mediaLost(): void {
    if (this.#ended) return
    this.#finish({ kind: 'lost', cause: 'media' })
    this.#dialog?.bye()
  }

  #finish(outcome: LegOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#liveness?.stop()
    this.#handlers.onEnded(outcome)
  }
}
