/** The way of a call out of the house: to a number that is called for it, and back when nobody takes it there. */
import { callerResponses } from '../outcomes.ts'
import type { CallCore } from './call-core.ts'
import type { TakenOutside } from './call-goal.ts'
import type { OutsideGoal } from './call-services.ts'
import { OutsideLeg } from './outside-leg.ts'
import type { QueueVisit } from './queue-visit.ts'
import { goalOf, type VisitGoal } from './visit-goal.ts'

export interface OutsideWayOptions {
  readonly core: CallCore
  /** Ends the call, which is not connected. */
  refuse(reason: string, sipCode: number): void
  /** The outside party is gone after it was connected. */
  onLeft(cause: string, lost: boolean): void
  /** Goes where a rule of a queue leads. */
  go(visit: QueueVisit, goal: VisitGoal): void
}

export class OutsideWay {
  readonly #options: OutsideWayOptions
  readonly #core: CallCore
  #leg: OutsideLeg | null = null
  /** The leg of whom an agent has called and handed on: the customer's, until the call ends. */
  #party: OutsideLeg | null = null

  constructor(options: OutsideWayOptions) {
    this.#options = options
    this.#core = options.core
  }

  /** The latest one to an outside number. */
  get leg(): OutsideLeg | null {
    return this.#leg
  }

  /** The outside party is the customer from now on. @returns how long he has talked by then */
  turnRound(): number {
    this.#party = this.#leg
    this.#leg = null
    return this.#party?.talkMs ?? 0
  }

  /** `said`: as for {@link OutsideLeg.end}. */
  endParty(cause: string, said: string | null = null): void {
    this.#party?.end(cause, said)
  }

  /** Calls a number. `from`: the visit whose rule led there, if one did. */
  dial(goal: OutsideGoal, from: QueueVisit | null): void {
    const { refuse, onLeft } = this.#options
    const core = this.#core
    const onUnanswered = (reason: string, sipCode: number) => {
      if (from === null || !this.#goOn(from)) refuse(reason, sipCode)
    }
    const pass = core.services.outsidePass(goal.number)
    if (pass === null) {
      onUnanswered('outboundLimited', callerResponses.outboundLimited)
      return
    }
    const own = core.facts.fromAgentId !== null
    this.#leg = new OutsideLeg({ core, goal, pass, own, onLeft, onUnanswered })
    this.#leg.dial()
  }

  /** Goes on with an outside party who has talked to the agent, or whom he was calling. */
  take({ goal, pass, legId, leg, stage }: TakenOutside): void {
    const { refuse, onLeft } = this.#options
    const core = this.#core
    const own = core.facts.fromAgentId !== null
    this.#leg = new OutsideLeg({ core, goal, pass, legId, own, onLeft, onUnanswered: refuse })
    this.#leg.adopt(leg, stage)
  }

  /** Nobody took the call outside: what the queue would have done next is done now. False: it would have done nothing more. */
  #goOn(visit: QueueVisit): boolean {
    const { refuse, go } = this.#options
    for (let step = visit.takeNextRule(); step !== null; step = visit.takeNextRule()) {
      const { to, reason } = step
      const goal = 'reject' in to || 'callback' in to ? null : goalOf(this.#core, to, visit.request)
      if (!('reject' in to) && goal === null) continue
      this.#leg = null
      this.#core.send({ type: 'transfer' })
      if (goal !== null) go(visit, goal)
      else if ('reject' in to) refuse(reason, to.reject)
      return true
    }
    return false
  }
}
