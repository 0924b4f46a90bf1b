/**
 * The leg of a customer who is called by us: an INVITE with our offer, where {@link CallerLeg} has one that came in.
 * Answering him means dialling him; he is answered once he has picked up.
 */
import { type FormOffer, noFarewell, type SessionEnd } from '../sip/index.ts'
import type { AgentLeg, AgentLegHandlers } from './agent-leg.ts'
import type { AgentDevice } from './bridge-alphabet.ts'
import type { BridgeOptions, DialledTo } from './bridge-options.ts'
import type { CallerLeg, CustomerLegHandlers } from './customer-leg.ts'
import type { Digit } from './info-digit.ts'
import { type LegOutcome, refusalOf } from './leg-outcome.ts'
import type { OnReinvited } from './pair.ts'
import { ringDevice } from './ring-device.ts'

/** Request Timeout, of our own: nobody picked up. */
const notAnswered = { outcome: 'failed', reason: 'noAnswer' } as const

export class DialledCustomer implements CallerLeg {
  /** We make the offer. */
  readonly offer = null
  readonly described = false
  readonly ringsWithOffer = false
  readonly ringing = false
  readonly #bridge: BridgeOptions
  readonly #to: DialledTo
  readonly #house: SessionEnd
  readonly #handlers: CustomerLegHandlers
  readonly #onAccepted: (sdp: string) => void
  #leg: AgentLeg | null = null
  #device: AgentDevice | null = null
  #timer: ReturnType<BridgeOptions['clock']['setTimeout']> | null = null
  #ended = false

  /** @param house for whom we speak until somebody is joined with him
   * @param onAccepted he has picked up; `sdp` answers our offer */
  constructor(
    bridge: BridgeOptions,
    to: DialledTo,
    house: SessionEnd,
    handlers: CustomerLegHandlers,
    onAccepted: (sdp: string) => void,
  ) {
    this.#bridge = bridge
    this.#to = to
    this.#house = house
    this.#handlers = handlers
    this.#onAccepted = onAccepted
  }

  /** How he is reached; the same from the first question on. */
  get device(): AgentDevice {
    this.#device ??= this.#to.device()
    return this.#device
  }

  get uri(): string {
    return this.device.uri
  }

  get said(): string | null {
    return this.#leg?.said ?? null
  }

  get sipCallId(): string {
    return this.device.sipCallId
  }

  get end(): SessionEnd | null {
    return this.#leg?.end ?? null
  }

  get answered(): boolean {
    return this.#leg?.answered === true
  }

  get ended(): boolean {
    return this.#ended
  }

  speakFor(end: SessionEnd): void {
    this.#leg?.speakFor(end)
  }

  /** Nobody hears a ring who has not called. */
  ring(): void {}

  progress(): void {}

  /** Dials, with our offer. */
  answer(sdp: string): void {
    if (this.#ended || this.#leg !== null) return
    const handlers: AgentLegHandlers = {
      onRinging: () => {},
      onAnswered: answer => {
        this.#disarm()
        this.#onAccepted(answer)
      },
      onOffer: exchange => this.#handlers.onOffer(exchange),
      onAnswer: answer => this.#handlers.onAnswer(answer),
      onRefreshed: answer => this.#handlers.onRefreshed(answer),
      onDigit: digit => this.#handlers.onDigit(digit),
      onRefer: exchange => this.#handlers.onRefer(exchange),
      onEnded: outcome => this.#finish(outcome),
    }
    const owned = { sdp, owner: { callId: this.#bridge.callId, offerId: null }, speaksFor: this.#house }
    this.#timer = this.#bridge.clock.setTimeout(() => this.#giveUp(), this.#to.ringMs)
    this.#leg = ringDevice(this.#bridge, this.device, owned, handlers)
  }

  /** Ends the leg: a CANCEL while he is rung, a BYE after. */
  reject(_status: number, farewell = noFarewell): void {
    this.hangup(farewell)
  }

  hangup(farewell = noFarewell): void {
    if (this.#ended) return
    if (this.#leg === null) this.#finish({ kind: 'released' })
    else this.#leg.hangup(farewell)
  }

  passOn(): void {}

  get userToUser(): string | null {
    return this.#leg?.userToUser ?? null
  }

  reinvite(form: FormOffer, onResult: OnReinvited): () => void {
    return this.#leg?.reinvite(form, onResult) ?? (() => {})
  }

  sendDigit(digit: Digit): void {
    this.#leg?.sendDigit(digit)
  }

  watchedByMedia(watched: boolean): void {
    this.#leg?.watchedByMedia(watched)
  }

  mediaSilent(patienceMs: number): void {
    this.#leg?.mediaSilent(patienceMs)
  }

  mediaHeard(): void {
    this.#leg?.mediaHeard()
  }

  mediaLost(): void {
    this.#leg?.mediaLost()
  }

  #giveUp(): void {
    this.#timer = null
    const leg = this.#leg
    this.#finish(refusalOf(408, null, notAnswered))
    leg?.hangup()
  }

  #finish(outcome: LegOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#disarm()
    this.#handlers.onEnded(outcome)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#bridge.clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
