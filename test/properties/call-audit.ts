/** What the event stream may say about one call. */
import type { AnyEvent, EventData, VisitOutcome } from '../../engine/events.ts'
import type { Audit } from './audit.ts'

interface Visit {
  readonly visitId: string
  readonly queueId: string
  /** It is the place of somebody who is called back. */
  readonly isKept: boolean
  readonly enqueuedAt: string
  accepted: number
  outcome: VisitOutcome | null
  /** Those that have acted on it. */
  readonly recipes: Set<string>
}

interface Offer {
  readonly offerId: string
  readonly agentId: string
  outcome: string | null
  pop: 'none' | 'requested' | 'withdrawn'
}

type OfferEnd = Extract<AnyEvent, { type: `offer.${string}`; data: { ringMs: number } }>

export class CallAudit {
  readonly callId: string
  readonly sipCallId: string
  /** User part of the caller's address. */
  readonly caller: string
  readonly #audit: Audit
  readonly #visits = new Map<string, Visit>()
  readonly #offers = new Map<string, Offer>()
  readonly #segments = new Map<string, { readonly agentId: string; ended: boolean }>()
  #visit: Visit | null = null
  /** Accepted, but not yet connected. */
  #connecting: Offer | null = null
  #talking: string | null = null
  #endedAt: number | null = null
  #cause = ''

  constructor(audit: Audit, { callId, sipCallId, ani }: EventData<'call.arrived'>) {
    this.#audit = audit
    this.callId = callId
    this.sipCallId = sipCallId
    this.caller = ani.raw
  }

  /** Milliseconds since the epoch; null while the call lives. */
  get endedAt(): number | null {
    return this.#endedAt
  }

  /** Why the call has ended. */
  get cause(): string {
    return this.#cause
  }

  see(event: AnyEvent): void {
    const mayFollow = event.type.startsWith('call.wrapup_') || event.type.startsWith('screenpop.')
    if (this.#endedAt !== null && !mayFollow) this.#fault(`${event.type} after its end`)
    switch (event.type) {
      case 'call.queued':
        this.#queued(event.data)
        break
      case 'call.requeued':
        this.#requeued(event.data)
        break
      case 'offer.created':
        this.#offered(event.data)
        break
      case 'offer.ringing':
        if (this.#offers.get(event.data.offerId)?.outcome !== null) this.#fault('a ringing offer that is not open')
        break
      case 'offer.accepted':
      case 'offer.rejected':
      case 'offer.timed_out':
      case 'offer.canceled':
      case 'offer.rescinded':
      case 'offer.failed':
        this.#offerEnded(event)
        break
      case 'call.connected':
        this.#connected(event.data)
        break
      case 'call.abandoned':
        if (event.data.visitId !== null) this.#endVisit(event.data.visitId, 'abandoned', event.data.stage)
        this.#release()
        break
      case 'call.diverted':
        // A queue that does not take a transferred call gives it back.
        this.#endVisit(event.data.visitId, event.data.reason === 'full' ? 'full' : 'flowOut', event.data.reason)
        break
      case 'call.rejected':
        if (event.data.visitId !== null) this.#endVisit(event.data.visitId, 'failed', event.data.reason)
        this.#release()
        break
      case 'call.segment_ended':
        this.#segmentEnded(event.data)
        break
      case 'call.wrapup_started':
        this.#audit.agent(event.data.agentId).wrapping = event.data.segmentId
        break
      case 'call.recipe_applied':
        this.#recipeApplied(event.data)
        break
      case 'call.wrapup_completed':
        this.#wrapUpCompleted(event.data)
        break
      case 'call.ended':
        this.#ended(event)
        break
      case 'screenpop.requested':
        this.#popped(event.data.offerId, 'none', 'requested')
        break
      case 'screenpop.withdrawn':
        this.#popped(event.data.offerId, 'requested', 'withdrawn')
        break
    }
  }

  finish(): void {
    if (this.#endedAt === null) this.#fault('never ended')
    for (const { offerId, outcome, pop } of this.#offers.values()) {
      if (outcome === null) this.#fault(`offer ${offerId} never ended`)
      if (pop === 'requested' && outcome !== 'accepted') this.#fault(`the pop of offer ${offerId} was never withdrawn`)
      if (pop === 'withdrawn' && outcome === 'accepted') this.#fault(`the pop of the accepted ${offerId} was withdrawn`)
      if (pop === 'none' && outcome === 'accepted') this.#fault(`there was no pop for the accepted ${offerId}`)
    }
    for (const { visitId, outcome } of this.#visits.values())
      if (outcome === null) this.#fault(`visit ${visitId} never ended`)
  }

  #fault(what: string): void {
    this.#audit.fault(`call ${this.callId}: ${what}`)
  }

  #queued({ visitId, queueId, enqueuedAt, callbackId, asked }: EventData<'call.queued'>): void {
    if (this.#visit !== null) this.#fault('a second visit before the end of the first')
    if (this.#visits.has(visitId)) this.#fault(`visit ${visitId} began twice`)
    const visit: Visit = {
      visitId,
      queueId,
      isKept: callbackId !== undefined,
      enqueuedAt,
      accepted: 0,
      outcome: null,
      recipes: new Set(),
    }
    this.#visits.set(visitId, visit)
    this.#visit = visit
    this.#audit.asks(visitId, asked ?? {})
    // Who is called back was counted when he called.
    if (callbackId === undefined) this.#audit.offered(queueId)
    else this.#audit.callbacks.keeps(callbackId, enqueuedAt)
  }

  #requeued({ visitId, enqueuedAt, cause }: EventData<'call.requeued'>): void {
    const visit = this.#visit
    if (visit?.visitId !== visitId) {
      this.#fault('requeued outside its visit')
      return
    }
    if (visit.enqueuedAt !== enqueuedAt) this.#fault('enqueuedAt changed')
    for (const offer of this.#offers.values()) if (offer.outcome === null) this.#fault('requeued with an open offer')
    if (cause !== 'agentLost') return
    if (this.#connecting === null) this.#fault('an agent was lost who was not there')
    this.#release()
    visit.accepted = 0
  }

  #recipeApplied({ visitId, recipe }: EventData<'call.recipe_applied'>): void {
    const visit = this.#visit
    if (visit?.visitId !== visitId) {
      this.#fault(`the recipe ${recipe} acted outside its visit`)
      return
    }
    for (const offer of this.#offers.values())
      if (offer.outcome === null) this.#fault(`the recipe ${recipe} acted while ${offer.agentId} was rung`)
    if (this.#connecting !== null) this.#fault(`the recipe ${recipe} acted although an agent had answered`)
    if (recipe.startsWith('once') && visit.recipes.has(recipe)) this.#fault(`the recipe ${recipe} acted again`)
    visit.recipes.add(recipe)
  }

  #offered({ offerId, agentId, visitId, queueId }: EventData<'offer.created'>): void {
    if (visitId !== (this.#visit?.visitId ?? null)) this.#fault('an offer outside the visit')
    if (queueId !== (this.#visit?.queueId ?? null)) this.#fault('an offer of another queue')
    if (this.#connecting !== null || this.#talking !== null) this.#fault('an offer although an agent has answered')
    if (this.#offers.has(offerId)) this.#fault(`offer ${offerId} began twice`)
    const agent = this.#audit.agent(agentId)
    if (agent.holder !== null) this.#fault(`offered to ${agentId}, who is held by ${agent.holder}`)
    if (agent.wrapping !== null) this.#fault(`offered to ${agentId}, who wraps up`)
    if (agent.session !== 'online') this.#fault(`offered to ${agentId}, who is offline`)
    agent.holder = offerId
    this.#offers.set(offerId, { offerId, agentId, outcome: null, pop: 'none' })
  }

  #offerEnded(event: OfferEnd): void {
    const { offerId, agentId } = event.data
    const offer = this.#offers.get(offerId)
    if (offer === undefined || offer.outcome !== null || offer.agentId !== agentId) {
      this.#fault(`${event.type} of an offer that is not open`)
      return
    }
    offer.outcome = event.type.slice('offer.'.length)
    if (offer.outcome !== 'accepted') {
      this.#letGo(agentId, offerId)
      return
    }
    if (this.#connecting !== null || this.#talking !== null) this.#fault('accepted twice')
    this.#connecting = offer
    if (this.#visit !== null && ++this.#visit.accepted > 1) this.#fault('two accepted offers in one visit')
  }

  #connected({ agentId, offerId, segmentId, visitId }: EventData<'call.connected'>): void {
    if (this.#connecting?.offerId !== offerId || this.#connecting.agentId !== agentId)
      this.#fault('connected to somebody who has not accepted')
    for (const offer of this.#offers.values()) if (offer.outcome === null) this.#fault('connected with an open offer')
    if (visitId !== null) this.#endVisit(visitId, 'answered', 'answered')
    this.#connecting = null
    this.#talking = segmentId
    this.#segments.set(segmentId, { agentId, ended: false })
    this.#audit.agent(agentId).holder = segmentId
  }

  #segmentEnded({ segmentId, agentId }: EventData<'call.segment_ended'>): void {
    const segment = this.#segments.get(segmentId)
    if (segment === undefined || segment.ended || this.#talking !== segmentId) {
      this.#fault('a segment ended that is not open')
      return
    }
    segment.ended = true
    this.#talking = null
    this.#letGo(agentId, segmentId)
  }

  #wrapUpCompleted({ agentId, segmentId }: EventData<'call.wrapup_completed'>): void {
    const agent = this.#audit.agent(agentId)
    if (agent.wrapping !== segmentId) this.#fault('a wrap-up ended that did not begin')
    agent.wrapping = null
  }

  #endVisit(visitId: string, outcome: VisitOutcome, reason: string): void {
    const visit = this.#visit
    if (visit?.visitId !== visitId) {
      this.#fault(`a visit ended as ${outcome} that is not open`)
      return
    }
    visit.outcome = outcome
    this.#visit = null
    if (!visit.isKept) this.#audit.visitEnded(visit.queueId, outcome, reason)
  }

  #ended(event: Extract<AnyEvent, { type: 'call.ended' }>): void {
    if (this.#visit !== null) this.#fault('ended within a visit')
    if (this.#talking !== null) this.#fault('ended within a segment')
    for (const { offerId, outcome } of this.#offers.values())
      if (outcome === null) this.#fault(`ended while offer ${offerId} was open`)
    this.#release()
    this.#endedAt = Date.parse(event.time)
    this.#cause = event.data.cause
  }

  #popped(offerId: string, from: Offer['pop'], to: Offer['pop']): void {
    const offer = this.#offers.get(offerId)
    if (offer?.pop !== from) this.#fault(`the pop of ${offerId} became ${to} from ${offer?.pop}`)
    if (offer !== undefined) offer.pop = to
  }

  /** The agent who had accepted, but was never connected, is free again. */
  #release(): void {
    if (this.#connecting === null) return
    this.#letGo(this.#connecting.agentId, this.#connecting.offerId)
    this.#connecting = null
  }

  #letGo(agentId: string, holder: string): void {
    const agent = this.#audit.agent(agentId)
    if (agent.holder !== holder) this.#fault(`${agentId} was held by ${agent.holder}, not by ${holder}`)
    agent.holder = null
  }
}
