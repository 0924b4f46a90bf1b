/** The leg of an agent who was not rung by us, but has called: with another of his phones, or the call that he now hands on. */
import type { AgentLeg } from './agent-leg.ts'
import type { CustomerLeg } from './customer-leg.ts'
import type { Digit } from './info-digit.ts'

/** Temporarily Unavailable: to a phone whose INVITE was not answered when the call ended. */
const tooLate = 480

export class ArrivedAgent implements Pick<AgentLeg, keyof AgentLeg> {
  readonly #leg: Pick<CustomerLeg, keyof CustomerLeg>

  constructor(leg: Pick<CustomerLeg, keyof CustomerLeg>) {
    this.#leg = leg
  }

  /** The Contact that it began with. */
  get uri(): string {
    return this.#leg.uri
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
