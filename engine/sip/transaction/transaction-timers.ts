/** The timers of one transaction: never more than one that sends something, and one that ends it. */
import type { QueuedTimer, TimerOwner, TimerQueue } from '../../timer-queue.ts'
import type { TransactionTimer } from './step.ts'

export class TransactionTimers {
  readonly #queue: TimerQueue<TransactionTimer>
  readonly #owner: TimerOwner<TransactionTimer>
  #sending: QueuedTimer<TransactionTimer> | null = null
  #end: QueuedTimer<TransactionTimer> | null = null

  constructor(queue: TimerQueue<TransactionTimer>, owner: TimerOwner<TransactionTimer>) {
    this.#queue = queue
    this.#owner = owner
  }

  arm(timer: TransactionTimer, delayMs: number): void {
    this.disarm(timer)
    const armed = this.#queue.arm(this.#owner, timer, delayMs)
    if (sends(timer)) this.#sending = armed
    else this.#end = armed
  }

  disarm(timer: TransactionTimer): void {
    const armed = sends(timer) ? this.#sending : this.#end
    if (armed !== null) this.#queue.disarm(armed)
  }

  clear(): void {
    if (this.#sending !== null) this.#queue.disarm(this.#sending)
    if (this.#end !== null) this.#queue.disarm(this.#end)
  }
}

function sends(timer: TransactionTimer): boolean {
  return timer === 'A' || timer === 'E' || timer === 'G' || timer === 'trying'
}
