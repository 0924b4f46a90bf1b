/** The tone that tells an agent whose phone answers by itself that a customer is about to speak. */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { LegMedia } from './leg-media.ts'

/** The same in every language. */
const prompt = 'en/zip-tone'
/** The tone takes 200 ms. Nobody waits longer for media that have died. */
const longestMs = 1_000

export class ZipTones {
  readonly #clock: Clock
  readonly #playing = new Map<string, { readonly done: () => void; readonly timer: TimerHandle }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the tone has been played, or can't be. */
  play(media: Pick<LegMedia, 'play'>, playId: string): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.setTimeout(() => this.ended(playId), longestMs)
      this.#playing.set(playId, { done: resolve, timer })
      media.play({ kind: 'prompts', names: [prompt], playId })
    })
  }

  ended(playId: string): void {
    const playing = this.#playing.get(playId)
    if (playing === undefined) return
    this.#playing.delete(playId)
    this.#clock.clearTimeout(playing.timer)
    playing.done()
  }
}
