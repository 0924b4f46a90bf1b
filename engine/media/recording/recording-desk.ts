/** The recordings under way in one media implementation: begins them, watches their time, and waits for their files. */
import type { Clock } from '../../ports/clock.ts'
import type { RecordingRequest, RecordingResult } from '../../ports/media.ts'
import type { Ticker } from '../rtp/ticker.ts'
import { Recorder } from './recorder.ts'
import type { RecordingSinks } from './recording-sink.ts'

export type Recording = Pick<Recorder, 'configure' | 'take' | 'stop'>

export interface RecordingDeskOptions {
  readonly clock: Clock
  /** Ticks slowly. */
  readonly watchdog: Ticker
  /** Null: nothing can be kept, and every recording fails. */
  readonly sinks: RecordingSinks | null
}

const nowhere = {
  append() {},
  failure: 'there is no place for recordings',
  finish: async () => 0,
  discard: async () => {},
}

export class RecordingDesk {
  readonly #options: RecordingDeskOptions
  readonly #results = new Set<Promise<RecordingResult>>()

  constructor(options: RecordingDeskOptions) {
    this.#options = options
  }

  get canRecord(): boolean {
    return this.#options.sinks !== null
  }

  /** `onOver` comes before the result, at once when it ends. */
  begin(request: RecordingRequest, onOver: () => void): { recording: Recording; result: Promise<RecordingResult> } {
    const { clock, watchdog, sinks } = this.#options
    const { promise, resolve } = Promise.withResolvers<RecordingResult>()
    this.#results.add(promise)
    const recorder = new Recorder({
      request,
      sink: sinks?.begin(request.recordingId) ?? nowhere,
      startedAt: clock.now(),
      onOver: result => {
        watchdog.remove(listener)
        onOver()
        resolve(result)
      },
    })
    const listener = { onTick: (now: number) => recorder.look(now) }
    watchdog.add(listener)
    const forget = () => this.#results.delete(promise)
    promise.then(forget, forget)
    return { recording: recorder, result: promise }
  }

  /** Every recording that has ended is complete. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#results])
  }
}
