/** Writes messages to the store, and again until it takes them: a dead database must not cost a caller's word. */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { VoicemailStore } from '../ports/store.ts'
import type { VoicemailRecord } from '../records.ts'

const retryMs = 2_000

export interface MessageLogOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: VoicemailStore
  /** The store has it. */
  onSaved(messageId: string): void
}

export class MessageLog {
  readonly #options: MessageLogOptions
  readonly #unsaved = new Map<string, VoicemailRecord>()
  #timer: TimerHandle | null = null
  #writing: Promise<void> | null = null
  #isStopped = false

  constructor(options: MessageLogOptions) {
    this.#options = options
  }

  /** Messages that only memory knows, newest first. */
  get unsaved(): readonly VoicemailRecord[] {
    return [...this.#unsaved.values()].sort((a, b) => (a.messageId < b.messageId ? 1 : -1))
  }

  find(messageId: string): VoicemailRecord | null {
    return this.#unsaved.get(messageId) ?? null
  }

  save(record: VoicemailRecord): void {
    this.#unsaved.set(record.messageId, record)
    this.#begin()
  }

  drop(messageId: string): void {
    this.#unsaved.delete(messageId)
  }

  /** Writes what is left, or gives up when the store fails. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#unsaved.size > 0) await this.#write()
    this.stop()
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #begin(): void {
    if (this.#isStopped || this.#timer !== null || this.#writing !== null) return
    this.#writing = this.#write().finally(() => {
      this.#writing = null
      if (this.#unsaved.size === 0 || this.#isStopped) return
      this.#timer = this.#options.clock.setTimeout(() => {
        this.#timer = null
        this.#begin()
      }, retryMs)
    })
  }

  async #write(): Promise<void> {
    const { store, logger, onSaved } = this.#options
    const records = [...this.#unsaved.values()]
    try {
      await store.save(records)
    } catch (error) {
      logger.warn({ err: error, waiting: records.length }, 'the store does not take messages; they wait in memory')
      return
    }
    for (const record of records) {
      if (this.#unsaved.get(record.messageId) !== record) continue
      this.#unsaved.delete(record.messageId)
      onSaved(record.messageId)
    }
  }
}
