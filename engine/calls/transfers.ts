/**
 * How one call is handed from an agent to somebody else: blindly, when the agent is out at once and whoever is meant is rung
 * or waited for; or after a consultation, when the call takes over whom the agent has talked to (FEATURES §1, call control).
 */
import type { Actor, TransferTarget } from '../api.ts'
import type { TransferRequest, TransferTold } from '../b2bua/transfer-request.ts'
import { EngineError } from '../errors.ts'
import type { CallCore } from './call-core.ts'
import { type Goal, goalOfRoute, type Taken, wordsOf } from './call-goal.ts'
import { divertedOutcome } from './call-record.ts'
import type { CallWay } from './call-way.ts'
import type { Consultation } from './consultation.ts'
import { ownerOf, turnRound } from './own-call.ts'
import type { Segment } from './segment.ts'
import type { Talk } from './talk.ts'

export interface TransfersOptions {
  readonly core: CallCore
  readonly talk: Talk
  readonly way: CallWay
  readonly consultation: Consultation
}

interface Pending {
  readonly kind: 'blind' | 'attended'
  /** What the transferring agent had of the call. */
  readonly from: Segment
  readonly to: string
  readonly consultCallId: string | null
  /** Null: nobody waits for news. */
  readonly told: TransferTold | null
  /** The agent's phone is still on the line. */
  onLine: boolean
  /** Ends the call in which the agent has talked to whom this one was handed to. */
  readonly finish: () => void
  /** Lets an agent go who has no after-call work, and is busy as long as his phone is; null: is free, or at work. */
  release: (() => void) | null
}

export class Transfers {
  readonly #options: TransfersOptions
  #pending: Pending | null = null
  /** The agent is rung for the call that he sent away. */
  #recalled: Segment | null = null

  constructor(options: TransfersOptions) {
    this.#options = options
  }

  /** Somebody on one of the legs asks by signalling. */
  asked(by: 'customer' | 'agent', request: TransferRequest): void {
    const { core, talk, consultation } = this.#options
    const { segment } = talk
    const agentId = by === 'customer' ? core.facts.fromAgentId : talk.connected ? (segment?.agentId ?? null) : null
    // Who pays for the call that follows is us: only our agents may ask for it (toll fraud).
    if (agentId === null) {
      request.refuse(403)
      return
    }
    if (request.replaced !== null) {
      this.#attend(agentId, by, request)
      return
    }
    if (this.#pending !== null) {
      request.refuse(603)
      return
    }
    const goal = goalOfRoute(core.services.routeFrom(agentId, request.to))
    if (goal === null) {
      request.refuse(403)
      return
    }
    const consulted = consultation.leadsTo(goal)
    if (consulted !== null && this.takeOver(consulted, request, `agent:${agentId}`)) return
    const isOwn = 'agent' in goal && (goal.agent === agentId || goal.agent === segment?.agentId)
    const from = isOwn ? null : by === 'agent' ? segment : turnRound(this.#options)
    if (from === null) request.refuse(603)
    else {
      consultation.end('ended')
      this.#begin(from, goal, `agent:${agentId}`, request.accept())
    }
  }

  /**
   * A supervisor, the agent or the embedder has it done.
   * @throws EngineError `call.conflict`, `agent.unknown`, `queue.unknown`, `outbound.denied`, `request.invalid`
   */
  command(target: TransferTarget, actor: Actor): void {
    const { core, talk, consultation } = this.#options
    const segment = talk.connected ? talk.segment : null
    const agentId = segment?.agentId ?? ownerOf(this.#options)
    if (agentId === null)
      throw new EngineError(
        'call.conflict',
        `Call ${core.callId} is not with an agent: there is nobody to transfer it from`,
      )
    const goal = this.#goalNamed(target, agentId)
    const consulted = consultation.leadsTo(goal)
    if (consulted !== null && this.takeOver(consulted, null, actor)) return
    const from = segment ?? turnRound(this.#options)
    if (from === null)
      throw new EngineError(
        'call.conflict',
        `${agentId} has other work at hand, and can hand on his own call only after it`,
      )
    consultation.end('ended')
    this.#begin(from, goal, actor, null)
  }

  /** A phone rings for the transferred call. */
  rings(): void {
    this.#pending?.told?.rings()
  }

  /** Somebody talks to the customer again. */
  connected(): void {
    this.#recalled = null
    this.#succeed(null)
  }

  /**
   * Whoever the call was sent to does not take it.
   * @returns false if no transfer is under way: the refusal stands
   */
  failed(reason: string, sipCode: number): boolean {
    const pending = this.#pending
    if (pending === null) return this.#recallFailed()
    this.#pending = null
    const { core } = this.#options
    const { queue } = pending.from
    const mayRecall = queue === null || queue.transferFailure === 'recall'
    const isBack = mayRecall && this.#canRecall(pending)
    const next = isBack ? 'recall' : queue !== null ? 'requeue' : 'end'
    this.#leaveVisit(reason, isBack ? `agent:${pending.from.agentId}` : `queue:${queue?.id ?? ''}`)
    core.send({ type: 'transfer' })
    core.emit('call.transfer_failed', { ...refOf(core, pending), reason, sipCode, next })
    if (isBack && pending.onLine) {
      pending.told?.failed(sipCode, () => {})
      core.send({ type: 'rejoin', offerId: pending.from.offerId })
      core.bridge.connect(pending.from.offerId)
      pending.finish()
      return true
    }
    this.#tell(pending, sipCode)
    if (isBack) {
      this.#recalled = pending.from
      this.#options.way.ring(pending.from.agentId)
    } else if (queue !== null) this.#requeue(pending.from)
    else return false
    return true
  }

  /** Who sent the call away doesn't take it back. @returns whether it waits in its queue instead */
  #recallFailed(): boolean {
    const from = this.#recalled
    this.#recalled = null
    if (from === null || from.queue === null) return false
    this.#requeue(from)
    return true
  }

  /** The phone of an agent who is out of the call has hung up. @returns whether it was that one */
  legGone(offerId: string): boolean {
    const pending = this.#pending
    if (pending?.from.offerId !== offerId) return false
    pending.onLine = false
    this.#free(pending)
    return true
  }

  /** An agent's after-call work is over: he may be rung for something else, so his phone must be free. */
  wrapUpOver(segmentId: string): void {
    const pending = this.#pending
    if (pending === null || pending.from.segmentId !== segmentId || !pending.onLine) return
    pending.onLine = false
    this.#options.core.bridge.withdraw(pending.from.offerId, false)
  }

  /** The call is over. */
  close(): void {
    const pending = this.#pending
    this.#pending = null
    if (pending === null) return
    pending.told?.failed(487, () => {})
    this.#free(pending)
    pending.finish()
  }

  #begin(segment: Segment, goal: Goal, actor: Actor, told: TransferTold | null): void {
    const { core, way } = this.#options
    const onLine = told !== null
    const pending = this.#leave(
      segment,
      { kind: 'blind', to: wordsOf(goal), consultCallId: null, told, onLine, finish() {} },
      actor,
    )
    if (!onLine) core.bridge.withdraw(segment.offerId, false)
    // Where the call may wait for this very agent, he is free only after it is told that he is not meant.
    if (!onLine && ('agent' in goal || 'outside' in goal)) this.#free(pending)
    way.follow(goal, 'transfer')
    // Queues, menus and mailboxes have taken the caller when he waits there; people when they have answered.
    if (this.#pending !== pending || (way.visit === null && !way.isScreening && !way.isWithMessage)) return
    if (way.visit !== null)
      core.services.dispatcher.exclude(way.visit.visitId, segment.agentId, 'transferred this call away')
    this.#succeed(way.visit?.visitId ?? null)
  }

  /** The agent is out of the call, and at his after-call work if he has any. */
  #leave(from: Segment, begun: Omit<Pending, 'from' | 'release'>, actor: Actor): Pending {
    const { core, talk } = this.#options
    core.emit('call.transfer_started', { ...refOf(core, { ...begun, from }), actor })
    const { wraps, release } = talk.part()
    core.bridge.partAgent()
    core.send({ type: 'transfer' })
    const pending: Pending = { ...begun, from, release: wraps ? null : release }
    this.#pending = pending
    core.passed = 'transfer'
    if (wraps) release()
    return pending
  }

  /** The call takes over whom its agent has talked to in another call, which ends. */
  #attend(agentId: string, by: 'customer' | 'agent', request: TransferRequest): void {
    const { core, talk } = this.#options
    const { replaced } = request
    const other = replaced === 'unknown' || replaced === null ? null : core.services.call(replaced.callId)
    if (other === null || replaced === 'unknown' || replaced === null || other.callId === core.callId) {
      request.accept().failed(481, () => {})
      return
    }
    // RFC 3891 §3: whoever knows the tags is not thereby entitled to the call.
    if (!other.passing.hasAgent(agentId, replaced.offerId)) {
      request.refuse(403)
      return
    }
    const { transfers } = other.passing
    const isTaken =
      by === 'agent'
        ? talk.connected && this.takeOver(other.callId, request, `agent:${agentId}`)
        : // The customer's call goes on, whichever of the two the agent's phone has asked in.
          transfers.takeOver(core.callId, request, `agent:${agentId}`) || this.#joinOwn(agentId, transfers, request)
    if (!isTaken) request.refuse(603)
  }

  /** Both calls are the agent's own: that of an outside party goes on, or else of the one whom his phone refers. */
  #joinOwn(agentId: string, other: Transfers, request: TransferRequest): boolean {
    const isTheirs = ownerOf(this.#options) === null && ownerOf(other.#options) !== null
    const [one, two] = isTheirs ? [other, this] : [this, other]
    return (
      one.#goOnWith(agentId, two.#options.core.callId, request) ||
      two.#goOnWith(agentId, one.#options.core.callId, request)
    )
  }

  /** As {@link takeOver}, for a call that the agent has made himself, as he has the other one. */
  #goOnWith(agentId: string, consultCallId: string, request: TransferRequest): boolean {
    const consulted = this.#options.core.services.call(consultCallId)?.passing.consulted(agentId) ?? null
    if (consulted === null || turnRound(this.#options) === null) return false
    this.#options.consultation.end('ended')
    return this.takeOver(consultCallId, request, `agent:${agentId}`)
  }

  /**
   * Ends the consultation `consultCallId` and goes on with whom the agent has talked to there, or has called, or waits where he
   * has waited.
   * @param request null: nobody has asked by signalling
   * @returns false if there is nothing to take over; nothing was answered then
   */
  takeOver(consultCallId: string, request: TransferRequest | null, actor: Actor): boolean {
    const { core, talk, way, consultation } = this.#options
    const { segment } = talk
    const other = core.services.call(consultCallId)
    if (segment === null || !talk.connected || this.#pending !== null || other === null) return false
    const taken = other.passing.consulted(segment.agentId)
    if (taken === null) return false
    const pending = this.#leave(
      segment,
      {
        kind: 'attended',
        to: taken.to,
        consultCallId,
        told: request?.accept() ?? null,
        onLine: request !== null,
        finish: () => void other.passing.finishConsult(),
      },
      actor,
    )
    if (!pending.onLine) core.bridge.withdraw(segment.offerId, false)
    consultation.end('transferred')
    this.#goOn(taken.take())
    if (this.#pending === pending && way.visit !== null) this.#succeed(way.visit.visitId)
    return true
  }

  /** With an agent or an outside party who talks already, or where somebody has to be rung. */
  #goOn(party: Taken): void {
    const { core, talk, way } = this.#options
    const { bridge } = core
    switch (party.kind) {
      case 'agent':
        if (talk.resume(party.segment)) {
          core.send({ type: 'rejoin', offerId: party.segment.offerId })
          bridge.takeAgent(party.segment.offerId, party.leg)
        } else this.#lose(party.leg)
        break
      case 'offer':
        if (!way.takeOffer(party)) this.#lose(party.leg)
        break
      case 'outside':
        way.takeOutside(party)
        if (party.stage === 'ringing') this.rings()
        break
      case 'visit':
        way.enter(party.queue, party.priority, party.request, 'transfer', {
          enqueuedAt: party.enqueuedAt,
          ...(party.recipes === undefined ? {} : { recipes: party.recipes }),
        })
        break
      case 'goal':
        way.follow(party.goal, 'transfer')
        break
      case 'gone':
        this.failed('partyLeft', 480)
    }
  }

  /** Whoever was taken out of the consultation can't be had here. */
  #lose({ leg, media }: Extract<Taken, { kind: 'agent' }>['leg']): void {
    leg.hangup()
    media?.close()
    this.failed('partyLeft', 480)
  }

  #succeed(newVisitId: string | null): void {
    const pending = this.#pending
    if (pending === null) return
    this.#pending = null
    const { core } = this.#options
    const { consultCallId } = pending
    core.emit('call.transferred', { ...refOf(core, pending), newVisitId, consultCallId })
    this.#tell(pending, null)
  }

  /** The agent's phone hears how it ended, and is let go then. */
  #tell(pending: Pending, failedWith: number | null): void {
    const { core } = this.#options
    const { told, from } = pending
    const heard = () => {
      core.guard(() => {
        if (pending.onLine) core.bridge.withdraw(from.offerId, false)
        pending.onLine = false
        this.#free(pending)
        pending.finish()
      })
    }
    if (told === null) heard()
    else if (failedWith === null) told.done(heard)
    else told.failed(failedWith, heard)
  }

  #free(pending: Pending): void {
    const { release } = pending
    pending.release = null
    release?.()
  }

  /** Whether the agent who sent the call away has it again, or can be rung for it. Who is on the line has it then. */
  #canRecall({ from, onLine, release }: Pending): boolean {
    const { core, talk } = this.#options
    const { roster } = core.services
    if (!roster.has(from.agentId)) return false
    if (onLine) return talk.resume(from)
    const { slot } = roster.view(from.agentId)
    return release === null && (slot === 'idle' || slot === 'wrapping')
  }

  #leaveVisit(reason: string, target: string): void {
    const { core, way } = this.#options
    const { visit } = way
    way.leave()
    if (visit === null) return
    core.send({ type: 'visit.end' })
    const waitMs = way.end(visit, divertedOutcome(reason))
    const { visitId, queue } = visit
    core.emit('call.diverted', { callId: core.callId, visitId, queueId: queue.id, waitMs, target, reason })
  }

  #requeue({ queue, visitId }: Segment): void {
    if (queue === null) return
    const { core, way } = this.#options
    const before = core.record.visits.find(visit => visit.visitId === visitId)
    way.enter(queue, before?.priority ?? 0, {}, 'transfer')
  }

  #goalNamed(target: TransferTarget, agentId: string): Goal {
    const { services } = this.#options.core
    if ('queue' in target) {
      if (services.queue(target.queue) === null)
        throw new EngineError('queue.unknown', `There is no queue ${target.queue}`)
      return { queue: target.queue, priority: target.priority ?? 0 }
    }
    if ('agent' in target) {
      if (!services.agentExists(target.agent))
        throw new EngineError('agent.unknown', `There is no agent ${target.agent}`)
      if (target.agent === agentId) throw new EngineError('call.conflict', `${agentId} has the call already`)
      return { agent: target.agent }
    }
    const goal = goalOfRoute(services.routeFrom(agentId, target.number))
    if (goal === null)
      throw new EngineError(
        'outbound.denied',
        `${target.number} is no number of this center, and no outbound rule permits it`,
      )
    return goal
  }
}

function refOf({ callId }: CallCore, { kind, from, to }: Pick<Pending, 'kind' | 'from' | 'to'>) {
  return { callId, kind, from: `agent:${from.agentId}`, to }
}
