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
    if (sends(timer)) this.#stopSending()
    else this.#keepOn()
  }

  clear(): void {
    this.#stopSending()
    this.#keepOn()
  }

  #stopSending(): void {
    if (this.#sending === null) return
    this.#queue.disarm(this.#sending)
    this.#sending = null
  }

  #keepOn(): void {
    if (this.#end === null) return
    this.#queue.disarm(this.#end)
    this.#end = null
  }
}

function sends(timer: TransactionTimer): boolean {
  return timer === 'A' || timer === 'E' || timer === 'G' || timer === 'trying'
}
