/**
 * Keeps PINs from being guessed at a phone: after several wrong ones in a row the phone takes none for a time, and an agent whom
 * others try from many phones can't be signed in by phone either. What is kept is bounded by the center.
 */
import type { AgentPolicy } from '../config.ts'
import type { Clock } from '../ports/clock.ts'

export interface PinGuardOptions {
  readonly clock: Clock
  limits(): Pick<AgentPolicy['hotDesk'], 'maxWrongPins' | 'lockMs'>
  /** A phone takes no PIN before `until`, or an agent's is not looked at. */
  onLocked(what: 'phone' | 'agent', id: string, failures: number, until: string): void
}

/** An agent's PIN may be tried from so many times as many phones' tries. */
const agentFactor = 4

interface Count {
  failures: number
  untilMs: number
}

export class PinGuard {
  readonly #options: PinGuardOptions
  readonly #counts = new Map<string, Count>()

  constructor(options: PinGuardOptions) {
    this.#options = options
  }

  isPhoneLocked(account: string): boolean {
    return this.#isLocked(`phone:${account}`)
  }

  isAgentLocked(agentId: string): boolean {
    return this.#isLocked(`agent:${agentId}`)
  }

  /** @param agentId null: there is nobody with the number that was given */
  failed(account: string, agentId: string | null): void {
    const { maxWrongPins } = this.#options.limits()
    this.#count('phone', account, maxWrongPins)
    if (agentId !== null) this.#count('agent', agentId, maxWrongPins * agentFactor)
  }

  succeeded(account: string, agentId: string): void {
    this.#counts.delete(`phone:${account}`)
    this.#counts.delete(`agent:${agentId}`)
  }

  #isLocked(key: string): boolean {
    const count = this.#counts.get(key)
    return count !== undefined && count.untilMs > this.#options.clock.now()
  }

  #count(what: 'phone' | 'agent', id: string, most: number): void {
    const key = `${what}:${id}`
    const count = this.#counts.get(key) ?? { failures: 0, untilMs: 0 }
    this.#counts.set(key, count)
    count.failures += 1
    if (count.failures < most) return
    const untilMs = this.#options.clock.now() + this.#options.limits().lockMs
    this.#options.onLocked(what, id, count.failures, new Date(untilMs).toISOString())
    this.#counts.set(key, { failures: 0, untilMs })
  }
}
