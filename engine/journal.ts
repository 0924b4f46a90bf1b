/**
 * The journal (DESIGN §5): every state change becomes one event with a cursor. Events of one tick are written as a
 * group and published after the commit. A store that is slow or dead delays nobody: a group that is not committed in
 * time is published as `durable: false` and written later, in order, under the same cursors.
 *
 * Cursors are gap-free, with one exception. What was published as `durable: false` is lost if the process is killed
 * before the store is back, and its cursors must not come to mean something else. So cursors are set aside in the store
 * before any of them is published that way (see `process-mark.ts`); a process that was killed is followed by one that
 * goes on after all of them, and whose first event is `journal.skipped` with the range that stands for nothing.
 */
import type { AnyEvent, EventData, EventEnvelope, EventType } from './events.ts'
import type { Clock, TimerHandle } from './ports/clock.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import type { Checkpoint, Store, StoreHead } from './ports/store.ts'
import { ProcessMark } from './process-mark.ts'

export interface JournalOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly store: Store
  readonly tenant: string
  /** Called with every event in order, once its group is committed or overdue. */
  onPublish(event: AnyEvent): void
  /** Whether something goes on whose duration a successor would want to know, should this process be killed now. */
  isBusy?(): boolean
}

/** Longest wait for company in a group. */
const groupMs = 20
/** A group that is not committed by then is published all the same. */
const overdueMs = 250
/** Wait before a failed write is tried again. */
const retryMs = 500
/** Events that wait for a dead store; past that the oldest are given up, and counted. */
const maxBacklog = 500_000
/** While something goes on, a sign of life is written at least this often. */
const signOfLifeMs = 10_000
/** Events in one write: bounds a statement after an outage. */
const maxGroup = 5_000

export class Journal {
  readonly #options: JournalOptions
  readonly #source: string
  readonly #sequences = new Map<string, number>()
  /** Written in order; the first `#publishedCount` of them have been published already. */
  #backlog: AnyEvent[] = []
  #publishedCount = 0
  #checkpoints = new Map<string, Checkpoint>()
  #cursor = 0
  #timeMs = Number.NaN
  #time = ''
  #publishedCursor = 0
  #groupTimer: TimerHandle | null = null
  #overdueTimer: TimerHandle | null = null
  #lifeTimer: TimerHandle | null = null
  /** Null before {@link resume}: until then nothing is written. */
  #mark: ProcessMark | null = null
  #markIsDue = false
  #writing: Promise<boolean> | null = null
  #failedSince: number | null = null
  #lost = 0
  #stopped = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#source = `/tenants/${options.tenant}`
  }

  /**
   * Goes on where the last process stopped, or, if it was killed, after everything that it may have told.
   * @param aliveMs when that one is known to have lived last: the time of what has to be said in its place
   */
  resume(head: StoreHead, aliveMs: number): void {
    const { mark, lost } = ProcessMark.after(head)
    this.#mark = mark
    this.#markIsDue = true
    this.#cursor = lost?.last ?? head.cursor
    this.#publishedCursor = this.#cursor
    for (const [subject, sequence] of head.agentSequences) this.#sequences.set(subject, sequence)
    if (lost === null) return
    const [first, last] = [String(lost.first), String(lost.last)]
    const subject = `journal/${first}`
    this.emitAt(aliveMs, 'journal.skipped', subject, { first, last, reason: 'killed' }, null)
    this.closeSubject(subject)
  }

  /** Goes on with one subject of the last process. */
  resumeSubject(subject: string, sequence: number): void {
    this.#sequences.set(subject, sequence)
  }

  /** The highest cursor that was published. */
  get cursor(): number {
    return this.#publishedCursor
  }

  /** The highest cursor that was given out. */
  get lastCursor(): number {
    return this.#cursor
  }

  /** The store has everything up to here. */
  get writtenCursor(): number {
    const [first] = this.#backlog
    return first === undefined ? this.#cursor : Number(first.cursor) - 1
  }

  /**
   * How many events were published after one; null if its cursor is none of this journal, or one that was told by a
   * process that was killed before it could write it.
   */
  missed(after: number): number | null {
    if (after > this.#publishedCursor) return null
    return this.#mark === null ? this.#publishedCursor - after : this.#mark.count(after, this.#publishedCursor)
  }

  get backlog(): number {
    return this.#backlog.length
  }

  /** Events given up because the store was dead for too long. */
  get lost(): number {
    return this.#lost
  }

  /** True while the store keeps up: it takes events, and in time. */
  get healthy(): boolean {
    return this.#failedSince === null && this.#publishedCount === 0
  }

  /** Events that are published or about to be, but not in the store yet; ascending. */
  unwritten(): readonly AnyEvent[] {
    return this.#backlog.slice(0, this.#publishedCount)
  }

  emit<T extends EventType>(type: T, subject: string, data: EventData<T>, callId: string | null): EventEnvelope<T> {
    return this.emitAt(this.#options.clock.now(), type, subject, data, callId)
  }

  /** As {@link emit}, for what happened at another time than now. */
  emitAt<T extends EventType>(
    now: number,
    type: T,
    subject: string,
    data: EventData<T>,
    callId: string | null,
  ): EventEnvelope<T> {
    const sequence = (this.#sequences.get(subject) ?? 0) + 1
    this.#sequences.set(subject, sequence)
    this.#cursor++
    // Several events share a millisecond, and formatting one costs more than the rest of this.
    if (now !== this.#timeMs) {
      this.#timeMs = now
      this.#time = new Date(now).toISOString()
    }
    const common = {
      specversion: '1.0',
      id: this.#options.ids.ulid(),
      source: this.#source,
      type,
      subject,
      time: this.#time,
      datacontenttype: 'application/json',
      sequence: String(sequence),
      cursor: String(this.#cursor),
      data,
    } as const
    const event: EventEnvelope<T> = callId === null ? common : withCall(common, callId)
    this.#backlog.push(event as AnyEvent)
    this.#schedule()
    return event
  }

  /** A checkpoint rides in the group of the events that it goes with; the latest one per id wins. */
  checkpoint(checkpoint: Checkpoint): void {
    this.#checkpoints.set(`${checkpoint.kind}/${checkpoint.id}`, checkpoint)
    this.#schedule()
  }

  /** No more events for this subject will come: its sequence need not be remembered. */
  closeSubject(subject: string): void {
    this.#sequences.delete(subject)
  }

  /** Writes what is left. Resolves when everything is in the store, or the store has failed once more. */
  async flush(): Promise<void> {
    await this.#writing
    while (!this.#stopped && this.#hasWork) if (!(await this.#write())) break
    this.#clearTimers()
    this.#publish(this.#backlog.length, true)
    if (this.#backlog.length > 0) this.#armGroup(retryMs)
  }

  /** As {@link flush}, in the end: the next process goes on without a gap. Nothing may be emitted afterwards. */
  async close(): Promise<void> {
    await this.flush()
    const { store, clock, logger } = this.#options
    if (this.#stopped || this.#mark === null || this.#hasWork) return
    try {
      await store.append({ events: [], checkpoints: [this.#mark.release(clock.now())] })
    } catch (error) {
      logger.warn({ err: error }, 'the journal could not be closed; the next start will skip some cursors')
    }
  }

  /** Writes nothing any more. What the store has not taken is published all the same. */
  stop(): void {
    this.#stopped = true
    this.#clearTimers()
    this.#publish(this.#backlog.length, true)
  }

  get #hasWork(): boolean {
    return this.#backlog.length > 0 || this.#checkpoints.size > 0 || this.#markIsDue
  }

  #schedule(): void {
    if (this.#stopped) return
    if (this.#writing === null) this.#armGroup(groupMs)
    this.#armOverdue(overdueMs)
  }

  #armGroup(delayMs: number): void {
    this.#groupTimer ??= this.#options.clock.setTimeout(() => {
      this.#groupTimer = null
      this.#start()
    }, delayMs)
  }

  #armOverdue(delayMs: number): void {
    this.#overdueTimer ??= this.#options.clock.setTimeout(() => {
      this.#overdueTimer = null
      this.#publish(this.#backlog.length, true)
      if (this.#backlog.length > maxBacklog) this.#giveUpOldest()
    }, delayMs)
  }

  #start(): void {
    if (this.#writing !== null) return
    const { clock } = this.#options
    const startedAt = clock.now()
    this.#write().then(written => {
      if (this.#stopped) return
      if (written) {
        // What is left was told after the write had begun, and has its own time to wait.
        if (this.#overdueTimer !== null) clock.clearTimeout(this.#overdueTimer)
        this.#overdueTimer = null
        if (this.#backlog.length > this.#publishedCount) this.#armOverdue(startedAt + overdueMs - clock.now())
      }
      // A group costs much the same whatever it holds, so one write does not follow on the heels of another.
      if (this.#hasWork) this.#armGroup(written ? Math.max(0, startedAt + groupMs - clock.now()) : retryMs)
    })
  }

  /** One write at a time. False when the store failed; nothing is lost then. */
  #write(): Promise<boolean> {
    const writing = this.#append().finally(() => {
      this.#writing = null
    })
    this.#writing = writing
    return writing
  }

  async #append(): Promise<boolean> {
    const { store, logger, clock } = this.#options
    const events = this.#backlog.slice(0, maxGroup)
    const checkpoints = this.#checkpoints
    this.#checkpoints = new Map()
    const mark = this.#markIsDue || this.#mark?.isShort(this.#cursor) === true ? this.#mark : null
    this.#markIsDue = false
    const changes = [...checkpoints.values()]
    if (mark !== null) changes.push(mark.at(this.#cursor, clock.now()))
    try {
      await store.append({ events, checkpoints: changes })
    } catch (error) {
      this.#markIsDue ||= mark !== null
      for (const [key, checkpoint] of checkpoints)
        if (!this.#checkpoints.has(key)) this.#checkpoints.set(key, checkpoint)
      if (this.#failedSince === null)
        logger.error({ err: error }, 'the store does not take events; they wait in memory')
      this.#failedSince ??= clock.now()
      return false
    }
    mark?.wrote()
    this.#armSignOfLife()
    if (this.#failedSince !== null) {
      logger.info({ outageMs: clock.now() - this.#failedSince }, 'the store takes events again')
      this.#failedSince = null
    }
    // The backlog may have been cut while the store was dead: what was written is what has these cursors.
    const last = Number(events.at(-1)?.cursor ?? 0)
    const done = this.#backlog.findIndex(event => Number(event.cursor) > last)
    const count = done === -1 ? this.#backlog.length : done
    this.#publish(count, false)
    this.#backlog = this.#backlog.slice(count)
    this.#publishedCount = Math.max(0, this.#publishedCount - count)
    return true
  }

  /** Publishes the first `count` events of the backlog that have not been published. */
  #publish(count: number, early: boolean): void {
    for (let i = this.#publishedCount; i < count; i++) {
      const event = this.#backlog[i]
      if (event === undefined) break
      // Not set aside in the store: should we die, another event would get this cursor.
      if (early && Number(event.cursor) > (this.#mark?.reservedTo ?? 0)) break
      this.#publishedCursor = Number(event.cursor)
      this.#publishedCount = i + 1
      this.#options.onPublish(early ? { ...event, durable: false } : event)
    }
  }

  /** An engine at rest has no timer: this one goes on only while there is something to measure. */
  #armSignOfLife(): void {
    const { clock, isBusy } = this.#options
    if (this.#stopped || this.#lifeTimer !== null || isBusy?.() !== true) return
    this.#lifeTimer = clock.setTimeout(() => {
      this.#lifeTimer = null
      if (!isBusy()) return
      this.#markIsDue = true
      if (this.#writing === null) this.#armGroup(groupMs)
    }, signOfLifeMs)
  }

  #giveUpOldest(): void {
    const excess = this.#backlog.length - maxBacklog
    this.#lost += excess
    this.#options.logger.error({ excess, lost: this.#lost }, 'the store is dead for too long: oldest events given up')
    this.#backlog = this.#backlog.slice(excess)
    this.#publishedCount = Math.max(0, this.#publishedCount - excess)
  }

  #clearTimers(): void {
    const { clock } = this.#options
    if (this.#groupTimer !== null) clock.clearTimeout(this.#groupTimer)
    if (this.#overdueTimer !== null) clock.clearTimeout(this.#overdueTimer)
    if (this.#lifeTimer !== null) clock.clearTimeout(this.#lifeTimer)
    this.#groupTimer = null
    this.#overdueTimer = null
    this.#lifeTimer = null
  }
}

/** One shape for all events of calls, made without copying. */
function withCall<T extends object>(event: T, callId: string): T & { readonly correlationid: string } {
  const extended = event as T & { correlationid: string }
  extended.correlationid = callId
  return extended
}
