/**
 * Whether agents who are signed in are still there: a phone that stays away makes them notReady, and who works on the desk may
 * be asked to keep it open. Whoever is back is as he was, if the center says so.
 */
import type { AgentPolicy } from '../config-agents.ts'
import type { Clock } from '../ports/clock.ts'
import { TimerBag } from '../timer-bag.ts'
import type { Roster } from './roster-types.ts'

export interface PresenceOptions {
  readonly clock: Clock
  readonly roster: Pick<Roster, 'has' | 'view' | 'setAvailability' | 'setDesk'>
  policy(): AgentPolicy['liveness']
}

/** What an agent is notReady with. */
const reason = 'unreachable'
const actor = 'system'

export class Presence {
  readonly #options: PresenceOptions
  readonly #timers: TimerBag<string>
  /** Agents whose desk is open, signed in or not. */
  readonly #open = new Set<string>()
  /** Made notReady here. */
  readonly #taken = new Set<string>()

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.clock)
  }

  /**
   * An agent has signed in or out, can be rung or not, or is to take calls or not; or the center asks for something else.
   * A call on the phone is a sign of life too.
   */
  changed(agentId: string): void {
    const { roster } = this.#options
    const { notReadyAfterMs, back } = this.#options.policy()
    const { session, endpoint, availability, next } = roster.view(agentId)
    const wish = next?.availability ?? availability
    const isMissed = session === 'online' && endpoint === 'unreachable' && wish === 'available'
    if (!isMissed || notReadyAfterMs === 0) this.#timers.disarm(phone(agentId))
    else if (!this.#timers.armed(phone(agentId)))
      this.#timers.arm(phone(agentId), notReadyAfterMs, () => this.#take(agentId))
    if (endpoint !== 'unreachable' && this.#taken.delete(agentId) && back === 'available' && this.#isTaken(agentId))
      roster.setAvailability(agentId, 'available', { actor })
  }

  /** The desk of an agent is open in some window, or in none any more. */
  desk(agentId: string, isOpen: boolean): void {
    const { desk, deskGraceMs } = this.#options.policy()
    if (isOpen) {
      this.#open.add(agentId)
      this.#timers.disarm(page(agentId))
      this.#options.roster.setDesk(agentId, false)
    } else if (this.#open.delete(agentId) && desk && this.#options.roster.view(agentId).session === 'online')
      this.#timers.arm(page(agentId), deskGraceMs, () => this.#lose(agentId))
  }

  /** Nothing is asked of those who are gone. */
  signedOut(agentId: string): void {
    this.#timers.disarm(page(agentId))
    this.#taken.delete(agentId)
    if (this.#options.roster.has(agentId)) this.#options.roster.setDesk(agentId, false)
  }

  stop(): void {
    this.#timers.clear()
  }

  #take(agentId: string): void {
    const { roster } = this.#options
    if (!roster.has(agentId)) return
    this.#taken.add(agentId)
    roster.setAvailability(agentId, 'notReady', { reason, actor })
  }

  /** He has not said anything else since. */
  #isTaken(agentId: string): boolean {
    const { availability, next, reason: why } = this.#options.roster.view(agentId)
    if (next !== null) return next.availability === 'notReady' && next.reason === reason
    return availability === 'notReady' && why === reason
  }

  #lose(agentId: string): void {
    if (this.#options.roster.has(agentId)) this.#options.roster.setDesk(agentId, true)
  }
}

const phone = (agentId: string) => `phone ${agentId}`
const page = (agentId: string) => `desk ${agentId}`
