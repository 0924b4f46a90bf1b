/** How an agent's day was spent so far: what occupancy is reckoned from. Instants and durations in milliseconds. */
import type { AgentState } from './agent-state.ts'

/** An {@link AgentLoad} as one value. */
export interface LoadSums {
  readonly ringMs: number
  readonly talkMs: number
  readonly wrapMs: number
  /** Up to `signedInSince`, if that is an instant. */
  readonly signedInMs: number
  readonly signedInSince: number | null
}

export class AgentLoad {
  /** Being rung, whether the call was taken or not. */
  ringMs = 0
  /** With callers, hold included. */
  talkMs = 0
  wrapMs = 0
  #signedInMs = 0
  #signedInSince: number | null = null
  #slotSince: number

  constructor(nowMs: number) {
    this.#slotSince = nowMs
  }

  /** Since the day began or the agent signed in, all sessions of the day together. */
  signedInMs(nowMs: number): number {
    return this.#signedInMs + (this.#signedInSince === null ? 0 : Math.max(0, nowMs - this.#signedInSince))
  }

  /** Notes a change of state. @returns how long the slot was as it was before; 0 if it is still so */
  moved(before: AgentState, after: AgentState, nowMs: number): number {
    if (before.session !== after.session) {
      this.#signedInMs = this.signedInMs(nowMs)
      this.#signedInSince = after.session === 'online' ? nowMs : null
    }
    if (before.slot === after.slot) return 0
    const spentMs = Math.max(0, nowMs - this.#slotSince)
    this.#slotSince = nowMs
    if (before.slot === 'engaged') this.talkMs += spentMs
    else if (before.slot === 'wrapping') this.wrapMs += spentMs
    else if (before.slot !== 'idle') this.ringMs += spentMs
    return spentMs
  }

  get sums(): LoadSums {
    const { ringMs, talkMs, wrapMs } = this
    return { ringMs, talkMs, wrapMs, signedInMs: this.#signedInMs, signedInSince: this.#signedInSince }
  }

  /** Goes on from sums of the same day, of somebody who is signed in no more. */
  resume({ ringMs, talkMs, wrapMs, signedInMs }: LoadSums): void {
    this.ringMs = ringMs
    this.talkMs = talkMs
    this.wrapMs = wrapMs
    this.#signedInMs = signedInMs
  }

  /** A new day. */
  restart(nowMs: number): void {
    this.ringMs = 0
    this.talkMs = 0
    this.wrapMs = 0
    this.#signedInMs = 0
    if (this.#signedInSince !== null) this.#signedInSince = nowMs
    this.#slotSince = nowMs
  }
}
