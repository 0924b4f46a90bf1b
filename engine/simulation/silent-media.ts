/**
 * A media port that moves no packets: for simulations in which signalling, queues and agents matter, and thousands of
 * calls must cost little. Sessions are counted and have ports of their own, so that a leak shows. On a clock each prompt takes
 * a second, whatever it says.
 */
import { EngineError } from '../errors.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { MediaPort, MediaSession, MediaSessionOptions, Playback } from '../ports/media.ts'

export interface SilentMediaOptions {
  /** Default 10000–20000. */
  readonly minPort?: number
  readonly maxPort?: number
  /** Without one prompts never end. */
  readonly clock?: Clock
}

const promptMs = 1_000

export function createSilentMedia({ minPort = 10_000, maxPort = 20_000, clock }: SilentMediaOptions = {}): MediaPort {
  const open = new Set<number>()
  let next = minPort

  function takePort(): number {
    for (let tries = minPort; tries < maxPort; tries += 2) {
      const port = next
      next = next + 3 > maxPort ? minPort : next + 2
      if (open.has(port)) continue
      open.add(port)
      return port
    }
    throw new EngineError('media.no_ports', 'No free RTP port is left.')
  }

  return {
    playableEncodings: ['PCMU', 'PCMA', 'G722'],
    start: async () => {},
    async open({ onEvent }: MediaSessionOptions): Promise<MediaSession> {
      const port = takePort()
      const prompts = new Prompts(clock, playId => onEvent({ type: 'playEnded', playId }))
      return {
        port,
        update() {},
        play: playback => prompts.play(playback),
        stopPlaying: () => prompts.stop(),
        press() {},
        // Nobody says anything, so nothing is kept.
        record: async ({ recordingId }) => ({
          recordingId,
          outcome: 'tooShort',
          endedBy: 'closed',
          durationMs: 0,
          speechMs: 0,
          bytes: 0,
          reason: null,
        }),
        stopRecording() {},
        join: () => prompts.stop(),
        unjoin() {},
        close() {
          prompts.stop()
          open.delete(port)
        },
      }
    },
    get openSessions() {
      return open.size
    },
    hasPrompt: () => true,
    hasMusic: () => true,
    canRecord: true,
    stop: async () => open.clear(),
  }
}

/** What one session says: nothing, but for as long as it would take. */
class Prompts {
  readonly #clock: Clock | undefined
  readonly #onEnded: (playId: string) => void
  #timer: TimerHandle | null = null

  constructor(clock: Clock | undefined, onEnded: (playId: string) => void) {
    this.#clock = clock
    this.#onEnded = onEnded
  }

  play(playback: Playback): void {
    this.stop()
    if (playback.kind === 'music' || this.#clock === undefined) return
    const { names, playId } = playback
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      this.#onEnded(playId)
    }, names.length * promptMs)
  }

  stop(): void {
    if (this.#timer !== null) this.#clock?.clearTimeout(this.#timer)
    this.#timer = null
  }
}
