/** Who talks to the customer of one call: its segments, one after the other, and what each leaves behind. */
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { EventData } from '../events.ts'
import type { CallCore } from './call-core.ts'
import type { Offer, OfferBook } from './offer-book.ts'
import { cooldownAfter } from './offer-policy.ts'
import { Segment, tellHold } from './segment.ts'
import { WrapUps } from './wrap-ups.ts'

export interface TalkTotals {
  readonly talkMs: number
  readonly holdMs: number
}

export interface Parting {
  readonly release: () => void
  readonly wraps: boolean
}

export class Talk {
  readonly #core: CallCore
  readonly #offers: OfferBook
  readonly #wrapUps: WrapUps
  #segment: Segment | null = null
  #talkMs = 0
  #holdMs = 0

  constructor(core: CallCore, offers: OfferBook) {
    this.#core = core
    this.#offers = offers
    this.#wrapUps = new WrapUps(core)
  }

  /** In progress: its agent has answered. */
  get segment(): Segment | null {
    return this.#segment
  }

  /** Customer and agent hear each other, or one of them holds. */
  get connected(): boolean {
    return this.#segment?.connected === true
  }

  get totals(): TalkTotals {
    return { talkMs: this.#talkMs, holdMs: this.#holdMs }
  }

  /** True when no agent has after-call work to do for this call. */
  get settled(): boolean {
    return this.#wrapUps.none
  }

  accept(offer: Offer): void {
    const { visit, offerId, agentId } = offer
    const { ids, clock } = this.#core.services
    const [segmentId, ringMs] = [ids.ulid(), this.#offers.ringMs(offer)]
    const [visitId, queue] = [visit?.visitId ?? null, visit?.queue ?? null]
    this.#segment = new Segment({ segmentId, offerId, agentId, visitId, queue, ringMs, clock })
    visit?.accepted()
    this.#offers.accept(offer, segmentId)
  }

  /** Whether an agent without a part in the call could {@link takeOn} it: he has no other work at hand. */
  isFree(agentId: string): boolean {
    const { roster } = this.#core.services
    return roster.has(agentId) && roster.view(agentId).slot === 'idle'
  }

  /** An agent who has made the call himself, and {@link isFree}, has it as his work from now on. The segment in progress must be over. */
  takeOn(agentId: string, offerId: string): Segment {
    const { ids, clock, roster } = this.#core.services
    const segmentId = ids.ulid()
    roster.takeOn(agentId, { callId: this.#core.callId, segmentId, queueId: null })
    const segment = new Segment({ segmentId, offerId, agentId, visitId: null, queue: null, ringMs: 0, clock })
    this.#segment = segment
    return segment
  }

  /** Tells that the bridge stands. `waitMs`: how long the customer waited for it. */
  tellConnected(segment: Segment, waitMs: number): void {
    const { segmentId, offerId, agentId, visitId, queueId } = segment
    const { callId, bridge } = this.#core
    const { sipCallId } = bridge.deviceOf(offerId)
    this.#core.emit('call.connected', { callId, visitId, queueId, waitMs, agentId, offerId, segmentId, sipCallId })
  }

  /** One side holds the other, or takes it back. */
  hold(held: boolean, by: 'customer' | 'agent'): void {
    if (this.#segment !== null) tellHold(this.#core, this.#segment, held, by)
  }

  /** A connected segment is over. @returns what lets its agent go, for the caller to do last */
  finish(): () => void {
    return this.part().release
  }

  /** As {@link finish}. `wraps`: its agent has after-call work to do then. */
  part(): Parting {
    const segment = this.#segment
    if (segment === null) return { release() {}, wraps: false }
    const { segmentId, agentId } = segment
    const { talkMs, holdMs } = this.#tellEnd(segment)
    const { services } = this.#core
    const wrapUpMs = this.#wrapUps.begin(segment, talkMs + holdMs)
    return {
      wraps: wrapUpMs !== 0,
      release: () => {
        services.roster.callEnded(agentId, segmentId, wrapUpMs)
        this.#wrapUps.settle(segment)
      },
    }
  }

  /** The agent goes on in another call, which took him over. @returns the segment that has ended here; null: there is none */
  handOver(): Segment | null {
    const segment = this.#segment
    if (segment !== null) this.#tellEnd(segment)
    return segment
  }

  /**
   * An agent who talks already is to go on here: as another segment than `from`, which has ended.
   * @returns false if the agent is on to something else
   */
  resume(from: Segment): boolean {
    const { ids, clock, roster } = this.#core.services
    const { offerId, agentId, queue, ringMs } = from
    const segmentId = ids.ulid()
    const queueId = queue?.id ?? null
    if (!roster.reassign(agentId, from.segmentId, { callId: this.#core.callId, segmentId, queueId })) return false
    this.#segment = new Segment({ segmentId, offerId, agentId, visitId: null, queue, ringMs, clock })
    return true
  }

  #tellEnd(segment: Segment): TalkTotals {
    this.#segment = null
    const { talkMs, holdMs } = segment.finish()
    this.#talkMs += talkMs
    this.#holdMs += holdMs
    const { segmentId, agentId, visitId, queueId, ringMs } = segment
    const { callId } = this.#core
    this.#core.emit('call.segment_ended', { callId, segmentId, visitId, queueId, agentId, ringMs, talkMs, holdMs })
    return { talkMs, holdMs }
  }

  /** An agent who answered is not needed before the bridge stood. @returns as {@link finish} */
  drop(): () => void {
    const segment = this.#segment
    if (segment === null) return () => {}
    this.#segment = null
    this.#core.bridge.withdraw(segment.offerId, false)
    return () => this.#core.services.roster.callEnded(segment.agentId, segment.segmentId, 0)
  }

  /**
   * An agent who answered is gone before the bridge stood. Who waits is offered to others first: his phone may do so again, and
   * as fast as it is rung. @returns as {@link finish}
   */
  lose(outcome: LegOutcome): () => void {
    const segment = this.#segment
    if (segment === null) return () => {}
    this.#segment = null
    const { agentId, segmentId, queue } = segment
    const { roster, agentPolicy } = this.#core.services
    const cooldownMs = queue === null ? 0 : cooldownAfter(outcome, queue, agentPolicy().missed)
    return () => roster.callLost(agentId, segmentId, cooldownMs)
  }

  addTalk(talkMs: number): void {
    this.#talkMs += talkMs
  }

  wrapUpCompleted(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    this.#wrapUps.completed(data)
  }
}
