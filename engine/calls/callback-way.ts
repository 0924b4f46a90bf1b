/** The way of a caller who would rather be called back: offered while he waits, or instead of waiting; then his place is kept. */
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { VisitOutcome } from '../events.ts'
import type { CallCore } from './call-core.ts'
import { CallbackOffer } from './callback-offer.ts'
import { CallbackTalk } from './callback-talk.ts'
import { QueueVisit, type VisitOwner } from './queue-visit.ts'
import type { Asked } from './routing-request.ts'
import type { Screening } from './screening.ts'

/** A callback that a flow, or a closed number, offers. */
export interface CallbackAsked extends Asked {
  readonly queueId: string
}

/** Of a visit that never waits. */
const unmoved: VisitOwner = { isOffered: () => false, onOverflow: () => 'stays', onClosed() {} }

export interface CallbackWayOptions {
  readonly core: CallCore
  /** An agent is being rung. */
  isRinging(): boolean
  screening(): Screening
  leaveScreening(): void
  /** Out of every line and every menu. */
  leave(): void
  /** Counts how a visit ended. @returns how long the caller waited */
  end(visit: QueueVisit, outcome: VisitOutcome): number
  /** Ends the call, whose caller has what he wanted. */
  finish(cause: string): void
}

export class CallbackWay {
  readonly #options: CallbackWayOptions
  #offer: CallbackOffer | null = null
  #isKept = false

  constructor(options: CallbackWayOptions) {
    this.#options = options
  }

  /** The caller is being talked to about it while he waits. */
  get isTalking(): boolean {
    return this.#offer?.isTalking === true
  }

  see(event: BridgeEvent): void {
    this.#offer?.see(event)
  }

  /** A visit begins to wait in a queue that offers callbacks. */
  waits(visit: QueueVisit): void {
    this.#offerOf(visit).begin()
  }

  /**
   * Offers one to a caller who waits, or was about to. He keeps his place meanwhile.
   * @param onDeclined he was asked, and does not want it, or it can't be. @returns false if he can't be asked now
   */
  propose(visit: QueueVisit, queueId: string, onDeclined: () => void): boolean {
    const offer = this.#offerOf(visit)
    return !this.#options.isRinging() && !offer.isTalking && offer.start(queueId, onDeclined)
  }

  /**
   * Offers one to a caller who waits nowhere.
   * @param settled `onAccepted` is called before his place is kept, `onKept` when it is
   */
  ask(
    { queueId, priority, request }: CallbackAsked,
    onDeclined: () => void,
    settled: { onAccepted?(): void; onKept?(): void; onGone?(): void } = {},
  ): void {
    const { core, screening, leaveScreening } = this.#options
    const queue = core.services.queue(queueId)
    if (queue === null) {
      onDeclined()
      return
    }
    const talk = new CallbackTalk({
      core,
      screening: screening(),
      queueId,
      otherNumbers: queue.callback.otherNumbers,
      onAccepted: number => {
        settled.onAccepted?.()
        leaveScreening()
        const visit = new QueueVisit({ core, queue, priority, request }, unmoved)
        visit.begin(core.record.visits.length === 0 ? 'inbound' : 'overflow')
        this.#keepPlace(visit, queueId, number)
        settled.onKept?.()
      },
      onDeclined,
      ...(settled.onGone === undefined ? {} : { onGone: settled.onGone }),
    })
    if (!talk.begin()) onDeclined()
  }

  /** The caller is gone. @returns whether he had settled that he is called back: his visit has ended by that then */
  acceptGone(visit: QueueVisit | null): boolean {
    const settled = this.#offer?.settledNumber ?? null
    if (visit === null || settled === null) return this.#isKept
    if (!this.#options.core.services.callbacks.canTake(settled.queueId, settled.number)) return false
    this.#keepPlace(visit, settled.queueId, settled.number)
    return true
  }

  /** An agent has answered: nothing more is said to the caller. */
  hush(): void {
    this.#offer?.hush()
  }

  stop(): void {
    this.#offer?.stop()
    this.#offer = null
  }

  #offerOf(visit: QueueVisit): CallbackOffer {
    const { core, isRinging } = this.#options
    this.#offer ??= new CallbackOffer({
      core,
      visit,
      isOffered: isRinging,
      onAccepted: (queueId, number) => core.guard(() => this.#keepPlace(visit, queueId, number)),
    })
    return this.#offer
  }

  /** The caller may hang up: his place in line is kept. He leaves it only once it is known that it can be, in the same turn. */
  #keepPlace(visit: QueueVisit, queueId: string, number: string): void {
    const { core, leave, end, screening, finish } = this.#options
    const { services, facts, record, callId } = core
    leave()
    const { priority, enqueuedAt, queue, visitId } = visit
    services.callbacks.request({
      queueId,
      number,
      name: facts.ani.name,
      dnis: facts.dnis,
      callId,
      priority,
      // What the recipes of a queue have made of it holds in that queue.
      request: queueId === queue.id ? visit.asked : visit.request,
      attributes: record.attributes,
      enqueuedAt,
      actor: 'caller',
      once: 'keep',
    })
    core.send({ type: 'visit.end' })
    const reason = 'callbackAccepted'
    const waitMs = end(visit, reason)
    core.emit('call.diverted', {
      callId,
      visitId,
      queueId: queue.id,
      waitMs,
      target: `callback:${queueId}`,
      reason,
      ...visit.meanwhile,
    })
    this.#isKept = true
    screening().say(['callback-accepted'], said => {
      if (said !== 'gone') finish(reason)
    })
  }
}
