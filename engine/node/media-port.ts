/** The embedded media port on Node: one worker thread carries the audio, so that signalling never waits for a packet. */
import { Worker } from 'node:worker_threads'
import { EngineError } from '../errors.ts'
import { playableEncodings } from '../media/audio/library.ts'
import type { Logger } from '../ports/logger.ts'
import type {
  MediaEvent,
  MediaPort,
  MediaSession,
  MediaSessionOptions,
  MediaStream,
  Playback,
  RecordingRequest,
  RecordingResult,
} from '../ports/media.ts'
import { silentLogger } from './logger.ts'
import type { MediaCommand, MediaReport, MediaWorkerSettings } from './media-protocol.ts'
import { lostRecording, OpenRecordings } from './open-recordings.ts'

const startTimeoutMs = 30_000
const stopTimeoutMs = 2000

export interface WorkerMediaOptions {
  /** The range of UDP ports, both included; RTP takes the even ones. */
  readonly minPort: number
  readonly maxPort: number
  /** Recordings that go before those of the package; default: none. */
  readonly promptsFolder?: string | null
  /** Where recordings are written; it exists. Default: nowhere, and nothing can be recorded. */
  readonly recordingsFolder?: string | null
  readonly logger?: Logger
}

/**
 * The thread runs from `start()` to `stop()`. If it dies, `open()` is refused with `media.unavailable` until `start()`
 * is called again; sessions that were open are dead: prompts end and joins lose their media.
 */
export function createWorkerMedia(options: WorkerMediaOptions): MediaPort {
  return new WorkerMedia(options)
}

interface Opening {
  readonly options: MediaSessionOptions
  resolve(session: MediaSession): void
  reject(error: EngineError): void
}

class WorkerMedia implements MediaPort {
  readonly playableEncodings = playableEncodings
  readonly #settings: MediaWorkerSettings
  readonly #logger: Logger
  readonly #openings = new Map<number, Opening>()
  readonly #recordings = new OpenRecordings()
  readonly #sessions = new Map<number, WorkerSession>()
  #thread: Thread | null = null
  #prompts: ReadonlySet<string> = new Set()
  #music: ReadonlySet<string> = new Set()
  #nextId = 1

  constructor(given: WorkerMediaOptions) {
    const { minPort, maxPort, promptsFolder = null, recordingsFolder = null, logger = silentLogger } = given
    this.#settings = { minPort, maxPort, promptsFolder, recordingsFolder }
    this.#logger = logger
  }

  async start(): Promise<void> {
    const thread =
      this.#thread ??
      new Thread(
        this.#settings,
        message => this.#onReport(message),
        error => {
          if (this.#thread === thread) this.#onDeath(error)
        },
      )
    this.#thread = thread
    await thread.ready
  }

  open(options: MediaSessionOptions): Promise<MediaSession> {
    const thread = this.#thread
    if (thread === null) return Promise.reject(unavailable('The media thread is not running.'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#openings.set(id, { options, resolve, reject })
      thread.post({ type: 'open', id, host: options.host })
    })
  }

  get canRecord(): boolean {
    return this.#settings.recordingsFolder !== null
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
    const thread = this.#thread
    this.#thread = null
    this.#sessions.clear()
    this.#refuseOpenings('The media thread was stopped.')
    await thread?.stop()
    this.#recordings.loseAll('The media thread was stopped.')
  }

  #onReport(message: MediaReport): void {
    if (message.type === 'ready') {
      this.#prompts = new Set(message.prompts)
      this.#music = new Set(message.music)
      return
    }
    if (message.type === 'event') {
      this.#sessions.get(message.id)?.receive(message.event)
      return
    }
    if (message.type === 'recorded') {
      this.#recordings.end(message.result)
      return
    }
    const opening = this.#openings.get(message.id)
    if (opening === undefined) return
    this.#openings.delete(message.id)
    if (message.type === 'refused') {
      opening.reject(new EngineError(message.code, message.message))
      return
    }
    const session = new WorkerSession(
      message.id,
      message.port,
      command => this.#thread?.post(command),
      opening.options.onEvent,
      this.#recordings,
      () => this.#sessions.delete(message.id),
    )
    this.#sessions.set(message.id, session)
    opening.resolve(session)
  }

  #onDeath(error: Error): void {
    this.#thread = null
    this.#logger.error({ err: error }, 'The media thread died; calls have lost their audio')
    this.#refuseOpenings('The media thread died.', error)
    this.#recordings.loseAll('the media thread died')
    const orphans = [...this.#sessions.values()]
    this.#sessions.clear()
    for (const session of orphans) session.orphan()
  }

  #refuseOpenings(message: string, cause?: Error): void {
    const openings = [...this.#openings.values()]
    this.#openings.clear()
    for (const opening of openings) opening.reject(unavailable(message, cause))
  }
}

function unavailable(message: string, cause?: Error): EngineError {
  return new EngineError('media.unavailable', message, cause === undefined ? {} : { cause })
}

/** One run of the worker. */
class Thread {
  /** Rejects with `media.unavailable` if the worker does not come up. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #exited: Promise<void>

  constructor(
    settings: MediaWorkerSettings,
    onReport: (message: MediaReport) => void,
    onDeath: (error: Error) => void,
  ) {
    // The worker stands beside this file, as .ts in the repository and as .js in the package.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./media-worker.${extension}`, import.meta.url), {
      name: 'strowger-media',
      workerData: settings,
      // Options of the embedder's process (test runners, loaders) are none of this thread's business.
      execArgv: [],
    })
    this.#worker = worker
    let failure: Error | null = null
    worker.on('error', error => {
      failure = error instanceof Error ? error : new Error(String(error))
    })
    this.#exited = new Promise(resolve => {
      worker.once('exit', () => {
        resolve()
        onDeath(failure ?? new Error('The media thread ended.'))
      })
    })
    this.ready = new Promise((resolve, reject) => {
      const refuse = (reason: string) => () => reject(unavailable(reason, failure ?? undefined))
      const timer = setTimeout(() => {
        refuse('The media thread did not start in time.')()
        void worker.terminate()
      }, startTimeoutMs)
      worker.once('exit', () => {
        clearTimeout(timer)
        refuse('The media thread could not start.')()
      })
      worker.on('message', (message: MediaReport) => {
        onReport(message)
        if (message.type !== 'ready') return
        clearTimeout(timer)
        resolve()
      })
    })
    // Whoever called start() hears of it; a stop() before that is no unhandled rejection.
    this.ready.catch(() => {})
  }

  post(command: MediaCommand): void {
    this.#worker.postMessage(command)
  }

  async stop(): Promise<void> {
    this.post({ type: 'stop' })
    const timer = setTimeout(() => void this.#worker.terminate(), stopTimeoutMs)
    await this.#exited
    clearTimeout(timer)
  }
}

/** Events that mean nothing once the join that they are about is over. */
const ofJoin: ReadonlySet<MediaEvent['type']> = new Set(['mediaLost', 'silent', 'heard'])

class WorkerSession implements MediaSession {
  readonly id: number
  readonly port: number
  readonly #post: (command: MediaCommand) => void
  readonly #onEvent: (event: MediaEvent) => void
  readonly #recordings: OpenRecordings
  readonly #onClose: () => void
  #isClosed = false
  #playId: string | null = null
  #joined: { readonly other: WorkerSession; readonly timeoutMs: number } | null = null

  constructor(
    id: number,
    port: number,
    post: (command: MediaCommand) => void,
    onEvent: (event: MediaEvent) => void,
    recordings: OpenRecordings,
    onClose: () => void,
  ) {
    this.id = id
    this.port = port
    this.#post = post
    this.#onEvent = onEvent
    this.#recordings = recordings
    this.#onClose = onClose
  }

  update(stream: MediaStream): void {
    this.#command({ type: 'update', id: this.id, stream })
  }

  play(playback: Playback): void {
    this.#playId = playback.kind === 'prompts' ? playback.playId : null
    this.#command({ type: 'play', id: this.id, playback })
  }

  stopPlaying(): void {
    this.#playId = null
    this.#command({ type: 'stopPlaying', id: this.id })
  }

  press(digit: string, durationMs: number): void {
    this.#command({ type: 'press', id: this.id, digit, durationMs })
  }

  record(request: RecordingRequest): Promise<RecordingResult> {
    if (this.#isClosed) return Promise.resolve(lostRecording(request.recordingId, 'the session is closed'))
    const result = this.#recordings.begin(request.recordingId)
    this.#command({ type: 'record', id: this.id, request })
    return result
  }

  stopRecording(): void {
    this.#command({ type: 'stopRecording', id: this.id })
  }

  join(other: MediaSession, timeoutMs: number): void {
    if (!(other instanceof WorkerSession) || other === this || this.#isClosed || other.#isClosed) return
    for (const session of [this, other]) {
      session.#leave()
      session.#playId = null
    }
    this.#joined = { other, timeoutMs }
    other.#joined = { other: this, timeoutMs }
    this.#command({ type: 'join', id: this.id, otherId: other.id, timeoutMs })
  }

  unjoin(): void {
    this.#leave()
    this.#command({ type: 'unjoin', id: this.id })
  }

  close(): void {
    if (this.#isClosed) return
    this.#leave()
    this.#command({ type: 'close', id: this.id })
    this.#isClosed = true
    this.#onClose()
  }

  /** An event of the worker. It may cross a command; what the command made obsolete is dropped. */
  receive(event: MediaEvent): void {
    if (this.#isClosed) return
    if (event.type === 'playEnded') {
      if (event.playId !== this.#playId) return
      this.#playId = null
    }
    if (ofJoin.has(event.type) && this.#joined === null) return
    this.#onEvent(event)
  }

  /** The worker is gone: tells what nobody will hear of otherwise. */
  orphan(): void {
    const joined = this.#joined
    if (this.#playId !== null) this.receive({ type: 'playEnded', playId: this.#playId })
    if (joined !== null && joined.timeoutMs > 0) this.receive({ type: 'mediaLost', silentMs: 0 })
    this.#isClosed = true
  }

  #leave(): void {
    const joined = this.#joined
    this.#joined = null
    if (joined !== null) joined.other.#joined = null
  }

  #command(command: MediaCommand): void {
    if (!this.#isClosed) this.#post(command)
  }
}
