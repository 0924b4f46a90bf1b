/** What becomes of ended calls and agent sessions: saved as records, in groups, at low priority. */
import type { Journal } from '../journal.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import type { AgentSessionRecord, CallRecord } from '../records.ts'
import { TurnoverMap } from '../turnover-map.ts'

/** Records wait this long for company; while they do they are in memory. */
const groupMs = 250
const retryMs = 2_000
/** Records in one write. */
const maxGroup = 500
/** Records kept while the store is dead; the journal has their events. */
const maxWaiting = 50_000

export interface CallLogOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: Store
  readonly journal: Pick<Journal, 'lastCursor' | 'writtenCursor'>
  /** Records were written: the store is there, and has grown. */
  onWritten?(): void
}

interface Waiting {
  readonly record: CallRecord
  /** The journal up to here comes first: a record without its events, or before its checkpoint, would mislead a restart. */
  readonly cursor: number
}

export class CallLog {
  readonly #options: CallLogOptions
  /** Ended and not in the store yet, oldest first. */
  readonly #calls = new TurnoverMap<string, Waiting>()
  readonly #sessions = new Map<string, AgentSessionRecord>()
  #timer: TimerHandle | null = null
  #writing: Promise<boolean> | null = null
  #stopped = false

  constructor(options: CallLogOptions) {
    this.#options = options
  }

  /** Ended calls that are not in the store yet, newest first. */
  unsaved(): readonly CallRecord[] {
    return [...this.#calls.values()].map(({ record }) => record).reverse()
  }

  find(callId: string): CallRecord | null {
    return this.#calls.get(callId)?.record ?? null
  }

  save(record: CallRecord): void {
    if (this.#calls.size >= maxWaiting) {
      const [oldest] = this.#calls.keys()
      if (oldest !== undefined) this.#calls.delete(oldest)
    }
    this.#calls.set(record.callId, { record, cursor: this.#options.journal.lastCursor })
    this.#arm(groupMs)
  }

  saveSession(record: AgentSessionRecord): void {
    this.#sessions.set(record.sessionId, record)
    this.#arm(groupMs)
  }

  /** Writes what is left, or gives up when the store fails. */
  async flush(): Promise<void> {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    await this.#writing
    while (!this.#stopped && (this.#calls.size > 0 || this.#sessions.size > 0)) if (!(await this.#write())) break
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Writes nothing any more. */
  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #arm(delayMs: number): void {
    if (this.#stopped || this.#timer !== null || this.#writing !== null) return
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null
      this.#writing = this.#write().then(written => {
        this.#writing = null
        // What ended during the write waits for company, too: a write costs much the same whatever it holds.
        if (this.#calls.size > 0 || this.#sessions.size > 0)
          this.#arm(!written ? retryMs : this.#calls.size >= maxGroup ? 0 : groupMs)
        return written
      })
    }, delayMs)
  }

  async #write(): Promise<boolean> {
    const { store, logger, journal } = this.#options
    const { writtenCursor } = journal
    const ready = [...this.#calls.values()].filter(({ cursor }) => cursor <= writtenCursor)
    const calls = ready.slice(0, maxGroup).map(({ record }) => record)
    const sessions = [...this.#sessions.values()].slice(0, maxGroup)
    if (calls.length + sessions.length === 0) return false
    try {
      if (calls.length > 0) await store.saveCalls(calls)
      if (sessions.length > 0) await store.saveSessions(sessions)
    } catch (error) {
      logger.warn(
        { err: error, waiting: this.#calls.size },
        'the store does not take call records; they wait in memory',
      )
      return false
    }
    for (const record of calls) if (this.#calls.get(record.callId)?.record === record) this.#calls.delete(record.callId)
    for (const record of sessions)
      if (this.#sessions.get(record.sessionId) === record) this.#sessions.delete(record.sessionId)
    this.#options.onWritten?.()
    return true
  }
}
