/**
 * Has the store forget what is older than the center wants it kept. Looked at once an hour at most, and only when calls
 * have been written: an engine at rest keeps no timer, and a store that doesn't grow can wait. The work is cut into
 * pieces with pauses between them, so that the journal always gets its turn.
 */
import type { CenterConfig } from './config.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Store } from './ports/store.ts'

const everyMs = 3_600_000
const pauseMs = 100
const dayMs = 86_400_000

export interface RetentionOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: Pick<Store, 'forget'>
  /** Deletes some of the messages that were left before an instant. Resolves to whether there may be more. */
  forgetVoicemail(beforeMs: number): Promise<boolean>
  settings(): CenterConfig['retention']
}

export class Retention {
  readonly #options: RetentionOptions
  #nextAtMs = 0
  #isRunning = false
  #isStopped = false
  /** Ends the pause between two pieces, if there is one. */
  #endPause: (() => void) | null = null

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /** Begins a round if it is time for one. Never waits, never throws. */
  consider(): void {
    const nowMs = this.#options.clock.now()
    if (nowMs < this.#nextAtMs || this.#isRunning || this.#isStopped) return
    this.#nextAtMs = nowMs + everyMs
    const { journalDays, callsDays, voicemailDays } = this.#options.settings()
    if (journalDays === 0 && callsDays === 0 && voicemailDays === 0) return
    this.#isRunning = true
    const voicemailBeforeMs = voicemailDays === 0 ? null : nowMs - voicemailDays * dayMs
    this.#round(before(nowMs, journalDays), before(nowMs, callsDays), voicemailBeforeMs).finally(() => {
      this.#isRunning = false
    })
  }

  /** The settings have changed: they count from the next written calls on. */
  reconsider(): void {
    this.#nextAtMs = 0
  }

  stop(): void {
    this.#isStopped = true
    this.#endPause?.()
  }

  async #round(
    eventsBefore: string | null,
    callsBefore: string | null,
    voicemailBeforeMs: number | null,
  ): Promise<void> {
    const { store, logger, forgetVoicemail } = this.#options
    try {
      if (voicemailBeforeMs !== null)
        while (!this.#isStopped && (await forgetVoicemail(voicemailBeforeMs))) await this.#wait()
      while (!this.#isStopped && (await store.forget({ eventsBefore, callsBefore }))) await this.#wait()
    } catch (error) {
      logger.warn({ err: error }, 'the store could not forget what is old; again in an hour')
    }
  }

  #wait(): Promise<void> {
    const { clock } = this.#options
    if (this.#isStopped) return Promise.resolve()
    return new Promise(resolve => {
      const end = () => {
        clock.clearTimeout(timer)
        this.#endPause = null
        resolve()
      }
      const timer = clock.setTimeout(end, pauseMs)
      this.#endPause = end
    })
  }
}

/** So many days ago; null: for ever. */
function before(nowMs: number, days: number): string | null {
  return days === 0 ? null : new Date(nowMs - days * dayMs).toISOString()
}
