/** One stay of a call in a queue: from entering to its one outcome, with what happens by the clock meanwhile. */
import type { QueueConfig } from '../config.ts'
import type { EventData, VisitOutcome } from '../events.ts'
import { isFull, nextOverflow, type OverflowStep } from '../queues/overflow.ts'
import type { WaitingVisit } from '../queues/waiting-list.ts'
import { TimerBag } from '../timer-bag.ts'
import type { CallCore } from './call-core.ts'

export type QueuedCause = EventData<'call.queued'>['cause']

/** DESIGN §7, with-agent: the caller hears ringing at the latest after this. */
const ringCustomerAfterMs = 500

export interface QueueVisitOptions {
  readonly core: CallCore
  readonly queue: QueueConfig
  readonly priority: number
  /** True while an agent is being rung: the caller is not told his place then. */
  isOffered(): boolean
  onOverflow(step: OverflowStep): void
}

export class QueueVisit {
  readonly visitId: string
  readonly queue: QueueConfig
  readonly priority: number
  readonly enqueuedAt: number
  readonly #options: QueueVisitOptions
  readonly #timers: TimerBag<'overflow' | 'announce' | 'ringCustomer'>
  readonly #ranRules = new Set<number>()
  /** The last position that the caller was told: an increase is never announced. */
  #announced = Number.POSITIVE_INFINITY

  constructor(options: QueueVisitOptions) {
    const { clock, ids } = options.core.services
    this.#options = options
    this.queue = options.queue
    this.priority = options.priority
    this.visitId = ids.ulid()
    this.enqueuedAt = clock.now()
    this.#timers = new TimerBag(clock)
  }

  /** Tells that the visit began. It waits only after {@link wait}. */
  begin(cause: QueuedCause): void {
    const { emit, callId, services, send } = this.#options.core
    const { position, wait } = services.dispatcher.prospect(this.#place)
    emit('call.queued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      priority: this.priority,
      position,
      ewtMs: wait?.valueMs ?? null,
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause,
    })
    services.totals.offered(this.queue.id)
    send({ type: 'enqueue', visitId: this.visitId })
  }

  /** True if the queue has no room for another one. */
  get isRefused(): boolean {
    return isQueueFull(this.#options.core, this.queue)
  }

  /** Greets the caller and takes a place in the line; offers may be made before this returns. */
  wait(): void {
    const { bridge, services } = this.#options.core
    if (this.queue.answer === 'immediately' && bridge.canPlay) bridge.answerCustomer(this.queue.music)
    else this.#timers.arm('ringCustomer', ringCustomerAfterMs, () => bridge.ringCustomer())
    this.armOverflow()
    if (this.queue.announce.position) this.#armAnnouncement()
    services.dispatcher.enqueue(this.#place)
  }

  /** Arms what happens next if nobody takes the call. */
  armOverflow(): void {
    const step = nextOverflow(this.queue, this.enqueuedAt, this.#ranRules)
    const delayMs = Math.max(0, step.deadline - this.#options.core.services.clock.now())
    this.#timers.arm('overflow', delayMs, () => {
      if (step.rule !== null) this.#ranRules.add(step.rule)
      this.#options.onOverflow(step)
    })
  }

  /** An agent rings: the caller may hear so at once. */
  agentRings(): void {
    this.#timers.disarm('ringCustomer')
    const { bridge } = this.#options.core
    if (!bridge.customerAnswering) bridge.ringCustomer()
  }

  /** An agent has answered: out of the line, for as long as the bridge is being built. */
  accepted(): void {
    this.#timers.disarm('overflow')
    this.#options.core.services.dispatcher.remove(this.visitId)
  }

  /** All offers ended unaccepted, or the agent was lost before the bridge stood: back into the same place. */
  requeue(): void {
    const { emit, callId, services } = this.#options.core
    const { dispatcher } = services
    const position = dispatcher.position(this.visitId)
    emit('call.requeued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      position: position ?? dispatcher.prospect(this.#place).position,
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause: position === null ? 'agentLost' : 'unaccepted',
    })
    if (position !== null) {
      dispatcher.pendingOffer(this.visitId, false)
      return
    }
    this.armOverflow()
    dispatcher.enqueue(this.#place)
  }

  /** Out of the line. Before offers are cancelled: an agent who is let go must not be given this visit again. */
  leave(): void {
    this.#timers.clear()
    this.#options.core.services.dispatcher.remove(this.visitId)
  }

  /** Counts the outcome. @returns how long the caller waited */
  end(outcome: VisitOutcome): number {
    const { clock, totals } = this.#options.core.services
    const { queue, enqueuedAt } = this
    const waitMs = Math.max(0, clock.now() - enqueuedAt)
    totals.ended({ queueId: queue.id, outcome, enqueuedAt, waitMs, targetMs: queue.serviceLevel.targetMs })
    return waitMs
  }

  /** What keeps the caller waiting when nobody is being rung, in a sentence or two. */
  explain(): string {
    const { dispatcher } = this.#options.core.services
    const position = dispatcher.position(this.visitId) ?? 1
    return `Position ${position} of ${dispatcher.waiting(this.queue.id)}. ${dispatcher.explain(this.queue.id)}`
  }

  get #place(): WaitingVisit {
    const { visitId, priority, enqueuedAt, queue } = this
    return { visitId, callId: this.#options.core.callId, queueId: queue.id, priority, enqueuedAt }
  }

  #armAnnouncement(): void {
    this.#timers.arm('announce', this.queue.announce.everyMs, () => {
      const { bridge, services } = this.#options.core
      const position = services.dispatcher.position(this.visitId)
      if (position !== null && !this.#options.isOffered()) {
        this.#announced = Math.min(this.#announced, position)
        bridge.announcePosition(this.#announced)
      }
      this.#armAnnouncement()
    })
  }
}

/** Never back to where the call has been: queues that overflow into each other would pass it around forever. */
export function mayOverflowInto(core: CallCore, queue: QueueConfig): boolean {
  return !isQueueFull(core, queue) && !core.record.visits.some(({ queueId }) => queueId === queue.id)
}

function isQueueFull({ services }: CallCore, queue: QueueConfig): boolean {
  return isFull(queue, services.dispatcher.waiting(queue.id), services.roster.idle(queue.id).size)
}
