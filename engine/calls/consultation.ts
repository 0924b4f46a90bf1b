/** An agent talks to somebody else about a call, whose caller waits: what that is on both calls. */
import type { EventData } from '../events.ts'
import type { CallCore } from './call-core.ts'
import type { CallEndings } from './call-endings.ts'
import { type Goal, type Taken, wordsOf } from './call-goal.ts'
import type { CallWay } from './call-way.ts'
import type { Offer, OfferBook } from './offer-book.ts'
import type { OutsideLeg, OutsideStage } from './outside-leg.ts'
import type { Talk } from './talk.ts'
import { beginTalk } from './talk-begun.ts'

type Outcome = EventData<'call.consult_ended'>['outcome']

/** Request Terminated (RFC 3261 §21.4.25). */
const requestTerminated = 487

/** On the call that is talked about. */
export class Consultation {
  readonly #core: CallCore
  readonly #talk: Talk
  #open: { readonly consultCallId: string; readonly agentId: string } | null = null

  constructor(core: CallCore, talk: Talk) {
    this.#core = core
    this.#talk = talk
  }

  /** The agent of this call has called somebody else meanwhile. @returns false if there is nothing to talk about */
  start(consultCallId: string, agentId: string, to: string): boolean {
    const { segment, connected } = this.#talk
    if (this.#open !== null || !connected || segment?.agentId !== agentId) return false
    this.#open = { consultCallId, agentId }
    const { callId, services } = this.#core
    this.#core.emit('call.consult_started', { callId, consultCallId, agentId, to })
    this.#core.send({ type: 'consult.start' })
    services.roster.setConsulting(agentId, true)
    return true
  }

  /** The call in which the agent calls, or talks to, the very one whom a call is to go to; null if he doesn't. */
  leadsTo(goal: Goal): string | null {
    const open = this.#open
    // A place in a queue is taken over only by who names it: another one is at the end of the line.
    if (open === null || !('agent' in goal || 'outside' in goal)) return null
    const consulted = this.#core.services.call(open.consultCallId)?.passing.consulted(open.agentId)
    return consulted?.to === wordsOf(goal) ? open.consultCallId : null
  }

  /** @param consultCallId the call that has ended; default: whichever it is */
  end(outcome: Outcome, consultCallId?: string): void {
    const open = this.#open
    if (open === null || (consultCallId !== undefined && open.consultCallId !== consultCallId)) return
    this.#open = null
    const { callId, services } = this.#core
    this.#core.emit('call.consult_ended', { callId, ...open, outcome })
    const { roster } = services
    if (roster.has(open.agentId)) roster.setConsulting(open.agentId, false)
    this.#core.send({ type: 'consult.end' })
    if (outcome !== 'ended' || this.#talk.segment?.held !== true) return
    // The caller is still on hold.
    this.#core.send({ type: 'hold' })
    roster.setHeld(open.agentId, true)
  }
}

export interface ConsultCallOptions {
  readonly core: CallCore
  readonly offers: OfferBook
  readonly talk: Talk
  readonly way: CallWay
  readonly endings: CallEndings
}

/** What the call has that an agent made to consult somebody. */
export interface Consulted {
  readonly to: string
  /** Takes it out of this call, which has nobody any more but the agent. */
  take(): Taken
}

/** On the consulting call. */
export class ConsultCall {
  readonly #options: ConsultCallOptions
  #isTaken = false

  constructor(options: ConsultCallOptions) {
    this.#options = options
  }

  /** Null if the agent has not made this call, or has nobody in it. */
  consulted(agentId: string): Consulted | null {
    const { core, offers, talk, way } = this.#options
    if (core.facts.fromAgentId !== agentId || this.#isTaken) return null
    const { segment } = talk
    const { visit, outside } = way
    if (segment !== null) return { to: `agent:${segment.agentId}`, take: () => this.#takeAgent() }
    const stage = outside?.stage ?? null
    if (outside !== null && stage !== null)
      return { to: `number:${outside.goal.number}`, take: () => this.#takeOutside(outside, stage) }
    if (visit !== null) return { to: `queue:${visit.queue.id}`, take: () => this.#takeVisit() }
    const [offer] = offers.all()
    return offer === undefined ? null : { to: `agent:${offer.agentId}`, take: () => this.#takeOffer(offer) }
  }

  /** The agent has hung up, or is to: the call is over. @returns false if nobody was taken out of it */
  finish(): boolean {
    if (!this.#isTaken) return false
    const { core, endings } = this.#options
    // Who was not answered yet, and has others answer for it, hears what a caller hears who gives up.
    endings.end('completed', 'agent', 'transferred', core.bridge.customerAnswered ? 200 : requestTerminated)
    return true
  }

  #takeAgent(): Taken {
    const { core, talk } = this.#options
    this.#isTaken = true
    // Who has just answered is had as if he had been heard already: his audio is joined with the other caller's at once.
    if (!talk.connected) beginTalk(this.#options)
    const segment = talk.handOver()
    const leg = segment === null ? null : core.bridge.giveAgent(segment.offerId)
    core.send({ type: 'transfer' })
    return leg === null || segment === null ? { kind: 'gone' } : { kind: 'agent', leg, segment }
  }

  #takeOutside(outside: OutsideLeg, reached: OutsideStage): Taken {
    const { core, talk } = this.#options
    const { goal, pass, legId } = outside
    this.#isTaken = true
    if (reached === 'answered') outside.receive({ type: 'connected', offerId: legId })
    const stage = reached === 'answered' ? 'talking' : reached
    const leg = core.bridge.giveAgent(legId)
    const talks = stage === 'talking'
    if (leg === null) return talks ? { kind: 'gone' } : this.#takeGoal({ outside: goal })
    outside.handOver()
    talk.addTalk(outside.talkMs)
    if (!talks) core.send({ type: 'reject' })
    return { kind: 'outside', stage, leg, goal, pass, legId }
  }

  #takeOffer(offer: Offer): Taken {
    const { core, offers, way } = this.#options
    const { offerId, agentId, ringingAt } = offer
    this.#isTaken = true
    const leg = core.bridge.giveAgent(offerId)
    if (leg === null) return this.#takeGoal({ agent: agentId })
    way.leave()
    offers.handOver(offer)
    core.send({ type: 'reject' })
    return { kind: 'offer', leg, offerId, agentId, rings: ringingAt !== null }
  }

  #takeVisit(): Taken {
    const { core, way } = this.#options
    const { visit } = way
    if (visit === null) return { kind: 'gone' }
    this.#isTaken = true
    const { queue, priority, asked, recipes, enqueuedAt, visitId } = visit
    way.leave()
    core.send({ type: 'visit.end' })
    const waitMs = way.end(visit, 'flowOut')
    const ref = { callId: core.callId, visitId, queueId: queue.id }
    core.emit('call.diverted', { ...ref, waitMs, target: `queue:${queue.id}`, reason: 'transferred' })
    return { kind: 'visit', queue, priority, request: asked, enqueuedAt, ...(recipes === undefined ? {} : { recipes }) }
  }

  /** Nobody's phone has been reached yet: it is from the other call. */
  #takeGoal(goal: Goal): Taken {
    const { core, way } = this.#options
    way.leave()
    core.send({ type: 'reject' })
    return { kind: 'goal', goal }
  }
}
