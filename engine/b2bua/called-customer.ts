/** The leg of somebody whom an agent has called, and who is the customer now that the agent hands him on. He talks already. */
import { type FormOffer, noFarewell, type SessionEnd } from '../sip/index.ts'
import type { CallerLeg } from './customer-leg.ts'
import type { Digit } from './info-digit.ts'
import type { OfferedAgent } from './offered-agent.ts'
import type { OnReinvited } from './pair.ts'

export class CalledCustomer implements CallerLeg {
  readonly described = false
  readonly ringsWithOffer = false
  readonly ringing = false
  /** What he has said that he can; null if nothing is known. */
  readonly offer: string | null
  readonly uri: string
  readonly #leg: OfferedAgent['leg']

  constructor({ leg, uri, sdp }: Pick<OfferedAgent, 'leg' | 'uri' | 'sdp'>) {
    this.#leg = leg
    this.uri = uri
    this.offer = sdp === '' ? null : sdp
  }

  get said(): string | null {
    return this.#leg.said
  }

  get sipCallId(): string {
    return this.#leg.sipCallId
  }

  get end(): SessionEnd | null {
    return this.#leg.end
  }

  get answered(): boolean {
    return this.#leg.answered
  }

  get ended(): boolean {
    return this.#leg.ended
  }

  // Whoever has answered is not rung, nor answered again, and can't give up.
  ring(): void {}
  progress(): void {}
  answer(): void {}
  passOn(): void {}

  get userToUser(): string | null {
    return this.#leg.userToUser
  }

  speakFor(end: SessionEnd): void {
    this.#leg.speakFor(end)
  }

  hangup(farewell = noFarewell): void {
    this.#leg.hangup(farewell)
  }

  reject(_status: number, farewell = noFarewell): void {
    this.#leg.hangup(farewell)
  }

  reinvite(form: FormOffer, onResult: OnReinvited): () => void {
    return this.#leg.reinvite(form, onResult)
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
