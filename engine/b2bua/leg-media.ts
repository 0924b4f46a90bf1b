/** One leg's media when audio runs through us: its offer/answer state and its RTP session. */

import type { SdpProblem } from '../media/sdp/description.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { isTelephoneEvent } from '../media/sdp/format.ts'
import { createNegotiator, type Exchange, type NegotiationContext, type Negotiator } from '../media/sdp/negotiator.ts'
import type {
  MediaEvent,
  MediaPort,
  MediaSession,
  MediaStream,
  Playback,
  RecordingRequest,
  RecordingResult,
  RtpFormat,
} from '../ports/media.ts'

export interface LegMediaOptions {
  readonly media: MediaPort
  /** Decimal; constant for the leg. */
  readonly sessionId: string
  /** What SDP says and what is bound. */
  readonly advertisedHost: string
  readonly localHost: string
  readonly context: NegotiationContext
  onEvent(event: MediaEvent): void
}

export class LegMedia {
  readonly #options: LegMediaOptions
  readonly #negotiator: Negotiator
  readonly #session: MediaSession
  #context: NegotiationContext
  #stream: MediaStream | null = null
  #formats: readonly RtpFormat[] = []
  #described = ''
  /** Null: nobody but us has described anything to the peer. */
  #shown: DirectOrigin | null = null

  private constructor(options: LegMediaOptions, session: MediaSession) {
    this.#options = options
    this.#negotiator = createNegotiator({ sessionId: options.sessionId })
    this.#session = session
    this.#context = options.context
  }

  /** Of several phones that were rung with one description, the one here was answered. */
  heardFrom(signallingHost: string, nat: boolean): void {
    this.#context = { signallingHost, nat }
  }

  /** @throws EngineError `media.no_ports` */
  static async open(options: LegMediaOptions): Promise<LegMedia> {
    const session = await options.media.open({ host: options.localHost, onEvent: event => options.onEvent(event) })
    return new LegMedia(options, session)
  }

  /** Formats in force, the chosen audio format first; empty before the first exchange. */
  get formats(): readonly RtpFormat[] {
    return this.#formats
  }

  /** What the peer was shown last; '' before the first. */
  get described(): string {
    return this.#described
  }

  get remoteHolds(): boolean {
    return this.#negotiator.remoteHolds
  }

  /** The peer takes digits as RFC 4733 events. */
  get takesEvents(): boolean {
    return this.#stream?.sendFormats.some(isTelephoneEvent) === true
  }

  /** True once an exchange is in force. */
  get negotiated(): boolean {
    return this.#stream !== null
  }

  answer(offer: string, preferred: readonly RtpFormat[]): { readonly ok: true; readonly sdp: string } | SdpProblem {
    const result = this.#negotiator.answer(offer, this.#local, this.#context, preferred)
    if (result.ok) {
      this.#apply(result)
      this.#described = this.#tell(result.sdp, offer)
      return { ok: true, sdp: this.#described }
    }
    return result
  }

  offer(formats: readonly RtpFormat[]): string {
    this.#described = this.#tell(this.#negotiator.offer(this.#local, formats), null)
    return this.#described
  }

  accept(answer: string): { readonly ok: true } | SdpProblem {
    const result = this.#negotiator.accept(answer, this.#context)
    if (result.ok) this.#apply(result)
    return result
  }

  /** The peer has answered what was in force, offered again; what can't be taken of that changes nothing. */
  refresh(answer: string): void {
    const result = this.#negotiator.acceptAgain(answer, this.#context)
    if (result.ok) this.#apply(result)
  }

  press(digit: string, durationMs: number): void {
    this.#session.press(digit, durationMs)
  }

  play(playback: Playback): void {
    this.#session.play(playback)
  }

  stopPlaying(): void {
    this.#session.stopPlaying()
  }

  record(request: RecordingRequest): Promise<RecordingResult> {
    return this.#session.record(request)
  }

  stopRecording(): void {
    this.#session.stopRecording()
  }

  join(other: LegMedia, timeoutMs: number): void {
    this.#session.join(other.#session, timeoutMs)
  }

  unjoin(): void {
    this.#session.unjoin()
  }

  close(): void {
    this.#session.close()
  }

  /** Descriptions of others reach the peer, too, or have done so: with ours they are one session to it (RFC 3264 §8). */
  share(shown: DirectOrigin): void {
    shown.begin(this.#described)
    this.#shown = shown
  }

  #tell(sdp: string, asked: string | null): string {
    return this.#shown === null ? sdp : this.#shown.pass(sdp, asked)
  }

  get #local() {
    return { host: this.#options.advertisedHost, port: this.#session.port }
  }

  #apply(exchange: Exchange): void {
    this.#stream = exchange.stream
    this.#formats = exchange.formats
    this.#session.update(exchange.stream)
  }
}
