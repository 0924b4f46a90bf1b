/** How one call ends, whoever ends it: what is told, in which order, and whom it lets go. It ends once. */
import type { CallEnding, EventData } from '../events.ts'
import { type CallerDecision, callerResponses, reasonToTell } from '../outcomes.ts'
import { shortAbandonMs } from '../visit-sums.ts'
import { abandon, attempt } from './abandon.ts'
import type { CallCore } from './call-core.ts'
import { refusedOutcome } from './call-record.ts'
import type { CallWay } from './call-way.ts'
import type { OfferBook } from './offer-book.ts'
import type { Talk } from './talk.ts'

export type EndedBy = EventData<'call.ended'>['endedBy']

export interface RefusalWords {
  readonly ending?: CallEnding
  /** What an overflow rule has found. */
  readonly because?: string | undefined
}

/** The call that ends, and its parts. */
export interface EndingCall {
  readonly core: CallCore
  readonly offers: OfferBook
  readonly talk: Talk
  readonly way: CallWay
  /** The machine hears nothing any more. */
  stop(): void
  /** Lets the agent of the last offer go, who is still held. */
  letGo(): void
  /** The end is about to be told. */
  onEnding(): void
  /** Everything that belongs to the end has been done. */
  onClosed(): void
}

export class CallEndings {
  readonly #call: EndingCall
  #ended = false
  /** Everything that belongs to the end has been done. */
  #closed = false

  constructor(call: EndingCall) {
    this.#call = call
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Ends the call in whatever state it is. */
  hangup(by: EndedBy, reason: string): void {
    const { talk, way } = this.#call
    if (talk.connected) this.finishConnected(by, reason)
    else if (way.outside?.connected === true) this.finishOutside(by, reason)
    else if (way.isWithMessage) this.finishMessage(by, reason)
    else this.refuse(reason, callerResponses.released, by)
  }

  /** Ends a call that was not connected. */
  refuse(reason: string, sipCode: number, by: EndedBy, { ending = 'rejected', because }: RefusalWords = {}): void {
    const { core, talk, way } = this.#call
    const { visit } = way
    way.leave()
    core.send({ type: 'reject' })
    const release = talk.drop()
    const waitMs = visit === null ? 0 : way.end(visit, refusedOutcome(reason))
    const [visitId, queueId] = [visit?.visitId ?? null, visit?.queue.id ?? null]
    core.emit('call.rejected', {
      ...{ callId: core.callId, visitId, queueId, waitMs, reason, sipCode },
      ...(because === undefined ? {} : { because }),
      ...visit?.meanwhile,
    })
    this.end(ending, by, reason, sipCode, release)
  }

  /** The customer has left a call that was not connected. */
  abandon(by: EndedBy, cause: string): void {
    const { core, offers, talk, way } = this.#call
    const stage = talk.segment !== null ? 'connecting' : offers.size > 0 ? 'offered' : 'queued'
    const { visit, isScreening } = way
    way.leave()
    core.send({ type: 'customer.left' })
    const release = talk.drop()
    if (isScreening) {
      const nowhere = { visitId: null, queueId: null, waitMs: 0, stage: 'screening', short: false } as const
      core.emit('call.abandoned', { callId: core.callId, ...nowhere })
    } else if (visit !== null) {
      const waitMs = way.end(visit, 'abandoned')
      const { visitId, queue } = visit
      const short = waitMs < shortAbandonMs
      const ref = { callId: core.callId, visitId, queueId: queue.id }
      core.emit('call.abandoned', { ...ref, waitMs, stage, short, ...visit.meanwhile })
    }
    // Who has been served and is handed on, to nobody's line, has not been kept from it.
    const ending = visit === null && !isScreening && core.record.segments.length > 0 ? 'completed' : 'abandoned'
    this.end(ending, by, cause, 487, release)
  }

  finishConnected(by: EndedBy, cause: string): void {
    const { core, talk } = this.#call
    if (talk.segment === null) return
    core.send({ type: by === 'agent' ? 'agent.left' : 'customer.left' })
    this.end('completed', by, cause, 200, talk.finish())
  }

  /** Ends a call that was connected to an outside number. */
  finishOutside(by: EndedBy, cause: string): void {
    const { core, talk, way } = this.#call
    const { outside } = way
    if (outside === null) return
    core.send({ type: by === 'outside' ? 'agent.left' : 'customer.left' })
    outside.end(cause)
    talk.addTalk(outside.talkMs)
    // Who calls out himself has talked; a caller who was sent out has left this center.
    const endedBy = outside.own && by === 'customer' ? 'agent' : by
    this.end(outside.own ? 'completed' : 'diverted', endedBy, cause, 200)
  }

  /** Ends a call whose caller has spoken into a mailbox, or still does. */
  finishMessage(by: EndedBy, cause: string, ending: CallEnding = 'diverted'): void {
    const { core, way } = this.#call
    way.leave()
    core.send({ type: 'divert' })
    this.end(ending, by, cause, 200)
  }

  end(ending: CallEnding, endedBy: EndedBy, cause: string, sipCode: number, release: () => void = () => {}): void {
    if (this.#ended) return
    this.#ended = true
    const { core, talk, way } = this.#call
    this.#call.onEnding()
    const { parting: uui } = core.bridge
    // The party whom an agent has called and handed on is the customer: what the agent says is not its own.
    way.endParty(cause, endedBy === 'customer' ? uui : null)
    const durationMs = Math.max(0, core.services.clock.now() - Date.parse(core.record.arrivedAt))
    const totals = { durationMs, waitMs: way.waitMs, ...talk.totals }
    const told = { callId: core.callId, ending, endedBy, cause, sipCode, totals }
    core.emit('call.ended', uui === null ? told : { ...told, uui })
    this.#call.stop()
    // Signalling first, the agent last: it may be given the next call before this returns.
    core.bridge.releaseCustomer(sipCode, reasonToTell(cause))
    release()
    this.#call.letGo()
    this.#closed = true
    this.#call.onClosed()
  }

  /** Ends the call after a fault in it, whatever state that left it in. */
  fail(error: unknown, decision: CallerDecision = 'fault'): void {
    const { core, offers, talk, way } = this.#call
    const { logger } = core.services
    logger.error({ err: error, callId: core.callId }, 'a call failed')
    if (this.#closed) return
    const held = { offers: offers.all(), segment: talk.segment, visit: way.visit, ended: this.#ended }
    if (!this.#ended) attempt(() => this.#endByFault(decision), logger)
    if (this.#closed) return
    attempt(() => way.endParty(decision), logger)
    this.#closed = true
    this.#ended = true
    this.#call.stop()
    abandon(core, held, decision)
    this.#call.onClosed()
  }

  #endByFault(decision: CallerDecision): void {
    const { offers, talk, way } = this.#call
    if (talk.connected || way.outside?.connected === true) {
      this.hangup('system', decision)
      return
    }
    const releases = offers.all().map(offer => offers.close(offer, 'canceled', decision, null))
    this.refuse(decision, callerResponses[decision], 'system', { ending: 'failed' })
    for (const release of releases) release()
  }
}
