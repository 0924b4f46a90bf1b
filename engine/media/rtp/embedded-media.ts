/**
 * The embedded media implementation over any clock and network: the Node port runs it in a worker thread, tests and
 * simulation run it in place on virtual ones.
 */
import { EngineError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MediaPort, MediaSession, MediaSessionOptions } from '../../ports/media.ts'
import type { Network } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { type AudioLibrary, playableEncodings } from '../audio/library.ts'
import { RecordingDesk } from '../recording/recording-desk.ts'
import type { RecordingSinks } from '../recording/recording-sink.ts'
import { PortPairs } from './port-pairs.ts'
import { RtpSession, type SessionSurroundings } from './session.ts'
import { Ticker } from './ticker.ts'

const paceMs = 20
const watchMs = 250

export interface EmbeddedMediaOptions {
  readonly clock: Clock
  readonly random: Random
  /** Each datagram is handed over for good: the relay rewrites it in place. */
  readonly network: Pick<Network, 'bindDatagram'>
  readonly library: AudioLibrary
  /** The range of ports, both included. */
  readonly minPort: number
  readonly maxPort: number
  /** Where recordings go; default: nowhere. */
  readonly recordings?: RecordingSinks | null
}

export function createEmbeddedMedia(options: EmbeddedMediaOptions): MediaPort {
  return new EmbeddedMedia(options)
}

class EmbeddedMedia implements MediaPort {
  readonly playableEncodings = playableEncodings
  readonly #options: EmbeddedMediaOptions
  readonly #surroundings: SessionSurroundings
  readonly #sessions = new Set<MediaSession>()
  readonly #prompts: ReadonlySet<string>
  readonly #music: ReadonlySet<string>
  #ports: PortPairs | null = null

  constructor(options: EmbeddedMediaOptions) {
    const { clock, random, library, recordings = null } = options
    const watchdog = new Ticker(clock, watchMs)
    this.#options = options
    this.#prompts = new Set(library.promptNames)
    this.#music = new Set(library.musicNames)
    this.#surroundings = {
      clock,
      random,
      library,
      pacer: new Ticker(clock, paceMs),
      watchdog,
      recordings: new RecordingDesk({ clock, watchdog, sinks: recordings }),
    }
  }

  async start(): Promise<void> {
    this.#ports ??= new PortPairs(this.#options)
  }

  async open({ host, onEvent }: MediaSessionOptions): Promise<MediaSession> {
    if (this.#ports === null) throw new EngineError('media.unavailable', 'The media implementation is not running.')
    const pair = await this.#ports.take(host)
    const session = new RtpSession(pair, this.#surroundings, onEvent, () => this.#sessions.delete(session))
    this.#sessions.add(session)
    return session
  }

  get canRecord(): boolean {
    return this.#surroundings.recordings.canRecord
  }

  get openSessions(): number {
    return this.#sessions.size
  }

  hasPrompt(name: string): boolean {
    return this.#prompts.has(name)
  }

  hasMusic(name: string): boolean {
    return this.#music.has(name)
  }

  async stop(): Promise<void> {
    const ports = this.#ports
    this.#ports = null
    for (const session of [...this.#sessions]) session.close()
    await this.#surroundings.recordings.settled()
    await ports?.close()
  }
}
