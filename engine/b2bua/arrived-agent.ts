/** The leg of an agent who goes on with another phone: that phone's INVITE, where {@link AgentLeg} has one of ours. */
import type { AgentLeg, AgentLegHandlers } from './agent-leg.ts'
import type { LegOwner } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import { CustomerLeg } from './customer-leg.ts'
import type { Digit } from './info-digit.ts'

/** Temporarily Unavailable: to a phone whose INVITE was not answered when the call ended. */
const tooLate = 480

export class ArrivedAgent implements Pick<AgentLeg, keyof AgentLeg> {
  readonly #leg: CustomerLeg

  constructor(
    { clock }: Pick<BridgeOptions, 'clock'>,
    { invite, nat }: PhoneArrival,
    options: { owner: LegOwner; handlers: Omit<AgentLegHandlers, 'onRinging' | 'onEarlyMedia' | 'onAnswered'> },
  ) {
    this.#leg = new CustomerLeg(invite, { clock, pinned: nat, ...options })
  }

  get ended(): boolean {
    return this.#leg.ended
  }

  get answered(): boolean {
    return this.#leg.answered
  }

  answer(sdp: string): void {
    this.#leg.answer(sdp)
  }

  hangup(reason: string | null = null): void {
    this.#leg.hangup(tooLate, reason)
  }

  reinvite(sdp: string, onResult: (answer: string | null, refusedWith: number) => void): void {
    this.#leg.reinvite(sdp, onResult)
  }

  sendDigit(digit: Digit): void {
    this.#leg.sendDigit(digit)
  }

  watchedByMedia(watched: boolean): void {
    this.#leg.watchedByMedia(watched)
  }

  mediaSilent(patienceMs: number): void {
    this.#leg.mediaSilent(patienceMs)
  }

  mediaHeard(): void {
    this.#leg.mediaHeard()
  }

  mediaLost(): void {
    this.#leg.mediaLost()
  }
}
