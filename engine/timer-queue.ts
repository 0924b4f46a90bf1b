/**
 * Timers of which there are very many and of few lengths, as those of SIP transactions: one timer of the clock per
 * length, and a link in its line per owner. What is armed later is due later, so only the first one counts. Those that are
 * due in close succession fire together, a little late: each time that a thread at rest is woken costs more than what most of
 * them do.
 */
import type { Clock, TimerHandle } from './ports/clock.ts'

/** After one has fired, the next of its length may be late by this part of the length. */
const slack = 1 / 64

export interface TimerOwner<Name> {
  onTimer(name: Name): void
}

/** An armed timer, in the hands of who may disarm it. */
export class QueuedTimer<Name> {
  readonly name: Name
  readonly owner: TimerOwner<Name>
  readonly line: Line<Name>
  readonly dueMs: number
  previous: QueuedTimer<Name> | null
  next: QueuedTimer<Name> | null = null
  queued = true

  constructor(name: Name, owner: TimerOwner<Name>, line: Line<Name>, dueMs: number) {
    this.name = name
    this.owner = owner
    this.line = line
    this.dueMs = dueMs
    this.previous = line.last
  }
}

interface Line<Name> {
  readonly delayMs: number
  first: QueuedTimer<Name> | null
  last: QueuedTimer<Name> | null
  handle: TimerHandle | null
}

export class TimerQueue<Name> {
  readonly #clock: Clock
  readonly #onFault: (error: unknown) => void
  /** By length in milliseconds. */
  readonly #lines = new Map<number, Line<Name>>()

  /** `onFault` hears of what an owner throws; the timers of the others go on. */
  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock
    this.#onFault = onFault
  }

  arm(owner: TimerOwner<Name>, name: Name, delayMs: number): QueuedTimer<Name> {
    let line = this.#lines.get(delayMs)
    if (line === undefined) {
      line = { delayMs, first: null, last: null, handle: null }
      this.#lines.set(delayMs, line)
    }
    const timer = new QueuedTimer(name, owner, line, this.#clock.now() + delayMs)
    if (line.last === null) line.first = timer
    else line.last.next = timer
    line.last = timer
    if (line.handle === null) this.#wait(line, delayMs)
    return timer
  }

  /** Does nothing if it has fired, or was disarmed before. */
  disarm(timer: QueuedTimer<Name>): void {
    if (!timer.queued) return
    const { line } = timer
    unlink(timer)
    if (line.first !== null || line.handle === null) return
    this.#clock.clearTimeout(line.handle)
    line.handle = null
  }

  #wait(line: Line<Name>, delayMs: number): void {
    line.handle = this.#clock.setTimeout(() => {
      line.handle = null
      this.#fire(line)
    }, delayMs)
  }

  #fire(line: Line<Name>): void {
    const now = this.#clock.now()
    for (let timer = line.first; timer !== null && timer.dueMs <= now; timer = line.first) {
      unlink(timer)
      try {
        timer.owner.onTimer(timer.name)
      } catch (error) {
        this.#onFault(error)
      }
    }
    // An owner may have armed one of this length, and with it the line, just now.
    if (line.first === null || line.handle !== null) return
    this.#wait(line, Math.max(line.first.dueMs - now, Math.floor(line.delayMs * slack)))
  }
}

function unlink<Name>(timer: QueuedTimer<Name>): void {
  const { line, previous, next } = timer
  if (previous === null) line.first = next
  else previous.next = next
  if (next === null) line.last = previous
  else next.previous = previous
  // A link that is gone must keep no neighbour alive.
  timer.previous = null
  timer.next = null
  timer.queued = false
}
