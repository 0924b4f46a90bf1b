/** The offers of one call that have no outcome yet: reserving, ringing, and ending them everywhere they are known. */
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { Explanation, OfferOutcome } from '../events.ts'
import type { FlowStepRecord } from '../records.ts'
import type { CallCore } from './call-core.ts'
import type { TakenOffer } from './call-goal.ts'
import { endingOf } from './offer-policy.ts'
import type { QueueVisit } from './queue-visit.ts'

export interface Offer {
  readonly offerId: string
  readonly agentId: string
  /** Null for a call that rings an agent without a queue. */
  readonly visit: QueueVisit | null
  readonly ringUntilMs: number
  ringingAt: number | null
  /** From the device's Retry-After. */
  retryAfterMs: number | null
}

interface Begun extends Pick<Offer, 'offerId' | 'agentId' | 'visit'> {
  readonly ringTimeoutMs: number
  readonly explanation: Explanation
  readonly sipCallIds: readonly string[]
}

export interface OfferAssignment {
  readonly agentId: string
  readonly explanation: Explanation
}

/** An offer without a queue has no policy: it costs the agent nothing. */
const noPolicy = { offerCooldownMs: 0, missedOffersToNotReady: 0, missed: {} }

export class OfferBook {
  readonly #core: CallCore
  /** Few at a time, and none in a call that waits. */
  #offers: readonly Offer[] = []

  constructor(core: CallCore) {
    this.#core = core
  }

  get size(): number {
    return this.#offers.length
  }

  get(offerId: string): Offer | undefined {
    return this.#offers.find(offer => offer.offerId === offerId)
  }

  all(): readonly Offer[] {
    return this.#offers
  }

  /** Reserves the agent and has the device rung. False if that can't be done now. */
  start({ agentId, explanation }: OfferAssignment, ringTimeoutMs: number, visit: QueueVisit | null): boolean {
    const { services, facts, callId, bridge } = this.#core
    const { roster, ids } = services
    const device = services.deviceOf(agentId, facts)
    if (device === null) return false
    const offerId = ids.ulid()
    // A call that no queue brought may be left out of account: then it takes nobody's place.
    const isCounted = visit !== null || services.agentPolicy().countNonQueueCalls
    if (isCounted && !roster.reserve(agentId, { offerId, callId, queueId: visit?.queue.id ?? null })) return false
    const sipCallIds = [device, ...(device.others ?? [])].map(({ sipCallId }) => sipCallId)
    this.#begin({ offerId, agentId, visit, ringTimeoutMs, explanation, sipCallIds })
    bridge.offer(offerId, device)
    return true
  }

  /** Another call has the device rung on. The agent and the device are its business from now on. */
  handOver(offer: Offer): void {
    this.#forget(offer)
    this.#tellEnd(offer, 'canceled', 'transferred', null)
  }

  /** Goes on with a device that another call has had rung, as with one of {@link start}'s. False if the agent is not to be had. */
  takeOver(
    { offerId: from, agentId, leg, rings }: TakenOffer,
    explanation: Explanation,
    ringTimeoutMs: number,
  ): boolean {
    const { services, callId, bridge } = this.#core
    const offerId = services.ids.ulid()
    const isReserved = services.roster.reoffer(agentId, from, { offerId, callId, queueId: null })
    if (!isReserved && services.agentPolicy().countNonQueueCalls) return false
    this.#begin({ offerId, agentId, visit: null, ringTimeoutMs, explanation, sipCallIds: leg.sipCallIds })
    bridge.takeRinging(offerId, leg)
    if (rings) this.#core.send({ type: 'agent.ringing', offerId })
    return true
  }

  ringing(offer: Offer): void {
    const { services, bridge } = this.#core
    offer.ringingAt = services.clock.now()
    services.roster.ringing(offer.agentId, offer.offerId)
    this.#core.emit('offer.ringing', { ...this.#ref(offer), device: bridge.deviceOf(offer.offerId).uri })
    this.#requestPop(offer, 'offer')
  }

  /** The device has sent the call to another one, which is rung for the same offer, and the same agent. */
  redirected({ offerId, from, to, sipCallId }: Extract<BridgeEvent, { type: 'agent.redirected' }>): void {
    const offer = this.get(offerId)
    if (offer !== undefined) this.#core.emit('offer.redirected', { ...this.#ref(offer), from, to, sipCallId })
  }

  /**
   * Ends an offer that was not accepted: device, event, pop.
   * @returns what lets the agent go, who may be given another call before it returns: for the caller to do last
   */
  close(offer: Offer, outcome: Exclude<OfferOutcome, 'accepted'>, reason: string, sipCode: number | null): () => void {
    const { services, bridge } = this.#core
    const { offerId, agentId, visit } = offer
    this.#forget(offer)
    bridge.withdraw(offerId, outcome === 'rescinded')
    this.#tellEnd(offer, outcome, reason, sipCode)
    const center = visit === null ? noPolicy.missed : services.agentPolicy().missed
    const ending = endingOf(outcome, reason, offer.retryAfterMs, visit?.queue ?? noPolicy, center)
    return () => services.roster.offerEnded(agentId, offerId, ending)
  }

  /** The agent answered first. */
  accept(offer: Offer, segmentId: string): void {
    const { services, callId, bridge } = this.#core
    const { offerId, agentId, visit } = offer
    this.#forget(offer)
    services.roster.engage(agentId, offerId, { callId, segmentId, queueId: visit?.queue.id ?? null })
    const { userToUser: uui } = bridge.deviceOf(offerId)
    const answered = { reason: 'answered', sipCode: 200, ringMs: this.ringMs(offer) }
    this.#core.emit('offer.accepted', { ...this.#ref(offer), ...answered, ...(uui === null ? {} : { uui }) })
    // A device that answers without ringing gets its pop now (DESIGN §7).
    if (!services.pops.has(offerId)) this.#requestPop(offer, 'answer')
    services.pops.settle(offerId)
  }

  ringMs({ ringingAt }: Offer): number {
    return ringingAt === null ? 0 : this.#core.services.clock.now() - ringingAt
  }

  #begin({ ringTimeoutMs, explanation, sipCallIds, ...begun }: Begun): void {
    const { services } = this.#core
    const { offerId } = begun
    const ringUntilMs = services.clock.now() + ringTimeoutMs
    const offer: Offer = { ...begun, ringUntilMs, ringingAt: null, retryAfterMs: null }
    this.#offers = [...this.#offers, offer]
    const expiresAt = new Date(ringUntilMs).toISOString()
    this.#core.emit('offer.created', { ...this.#ref(offer), expiresAt, explanation, sipCallIds: [...sipCallIds] })
    this.#core.send({ type: 'offer.start', offerId, ringTimeoutMs })
  }

  #forget(offer: Offer): void {
    this.#offers = this.#offers.filter(it => it !== offer)
  }

  #tellEnd(offer: Offer, outcome: Exclude<OfferOutcome, 'accepted'>, reason: string, sipCode: number | null): void {
    const { services, callId, bridge } = this.#core
    const { offerId, agentId } = offer
    const said = outcome === 'rejected' || outcome === 'failed' ? bridge.parting : null
    const uui = said === null ? {} : { uui: said }
    this.#core.emit(`offer.${outcome}`, { ...this.#ref(offer), reason, sipCode, ringMs: this.ringMs(offer), ...uui })
    services.pops.withdraw({ offerId, callId, agentId }, outcome)
  }

  #ref({ offerId, agentId, visit }: Offer) {
    const { callId } = this.#core
    return { callId, visitId: visit?.visitId ?? null, offerId, agentId, queueId: visit?.queue.id ?? null }
  }

  #requestPop({ offerId, agentId, visit, ringUntilMs }: Offer, trigger: 'offer' | 'answer'): void {
    const { services, facts, record, callId, intake, passed } = this.#core
    services.pops.request({
      callId,
      offerId,
      agentId,
      // Who accepts a callback talks to nobody yet: the customer is called then.
      trigger:
        facts.callback?.mode === 'agent-first' && !facts.callback.connected ? 'callbackPreview' : (passed ?? trigger),
      ani: facts.ani,
      dnis: facts.dnis,
      queueId: visit?.queue.id ?? null,
      queueName: visit?.queue.name ?? null,
      waitMs: visit === null ? 0 : services.clock.now() - visit.enqueuedAt,
      attributes: record.attributes,
      ringUntilMs,
      ivr: { path: (record.flowPath ?? []).map(pathWord), digits: intake.digits },
      match: intake.match,
    })
  }
}

function pathWord({ flowId, step }: FlowStepRecord): string {
  return flowId === null ? step : `${flowId}/${step}`
}

/** The explanation of an offer that nobody had to choose. */
export function directExplanation(agentId: string): Explanation {
  return {
    strategy: 'direct',
    reason: 'the call is for this agent',
    candidates: [{ agentId, score: 1, chosen: true, reason: 'dialled' }],
    candidateCount: 1,
    excluded: [],
    notFree: {},
    waiting: 0,
    position: 1,
    step: null,
  }
}
