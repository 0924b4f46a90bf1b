/** The timers of one transaction: never more than one that sends something again, and one that ends it. */
import type { QueuedTimer, TimerOwner, TimerQueue } from '../../timer-queue.ts'
import type { TransactionTimer } from './step.ts'

export class TransactionTimers {
  readonly #queue: TimerQueue<TransactionTimer>
  readonly #owner: TimerOwner<TransactionTimer>
  #resend: QueuedTimer<TransactionTimer> | null = null
  #end: QueuedTimer<TransactionTimer> | null = null

  constructor(queue: TimerQueue<TransactionTimer>, owner: TimerOwner<TransactionTimer>) {
    this.#queue = queue
    this.#owner = owner
  }

  arm(timer: TransactionTimer, delayMs: number): void {
    this.disarm(timer)
    const armed = this.#queue.arm(this.#owner, timer, delayMs)
    if (sendsAgain(timer)) this.#resend = armed
    else this.#end = armed
  }

  disarm(timer: TransactionTimer): void {
    const armed = sendsAgain(timer) ? this.#resend : this.#end
    if (armed !== null) this.#queue.disarm(armed)
  }

  clear(): void {
    if (this.#resend !== null) this.#queue.disarm(this.#resend)
    if (this.#end !== null) this.#queue.disarm(this.#end)
  }
}

function sendsAgain(timer: TransactionTimer): boolean {
  return timer === 'A' || timer === 'E' || timer === 'G' || timer === 'trying'
}
