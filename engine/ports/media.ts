/**
 * The media port: who carries audio. The embedded implementation relays RTP in a worker thread. Addresses and
 * payload numbers are settled by offer/answer before they come here; an implementation only moves packets.
 */
import type { SocketAddress } from './network.ts'

/** One RTP payload format (RFC 3551 §6). `encoding` is upper case: `PCMU`, `G722`, `OPUS`, `TELEPHONE-EVENT`. */
export interface RtpFormat {
  readonly payloadType: number
  readonly encoding: string
  /** As in `a=rtpmap`: G.722 says 8000 although it samples at 16 kHz (RFC 3551 §4.5.2). */
  readonly clockRateHz: number
  readonly channels: number
  /** The value of `a=fmtp`, verbatim; absent if there is none. */
  readonly fmtp?: string
}

/** The outcome of one offer/answer exchange for the audio stream of one leg. */
export interface MediaStream {
  /** Where the peer wants RTP. Null: it receives nothing (port 0 or no address). */
  readonly remote: SocketAddress | null
  /** Where the peer wants RTCP; null if it wants none. */
  readonly remoteRtcp: SocketAddress | null
  /** The only IP that the stream may latch to, once (DESIGN §6); null: audio is locked to `remote`. */
  readonly latchTo: string | null
  /** True if we may send to the peer. */
  readonly sends: boolean
  /** True if we accept audio from the peer. */
  readonly receives: boolean
  /** Formats with the numbers that the peer expects, the chosen audio format first. */
  readonly sendFormats: readonly RtpFormat[]
  /** Formats with the numbers that we announced, in the same order as `sendFormats` where both know the format. */
  readonly receiveFormats: readonly RtpFormat[]
  /** Milliseconds of audio in a packet that the peer asked for. */
  readonly ptimeMs: number
}

/** What to play: looped music, or prompts by name one after the other. */
export type Playback =
  | { readonly kind: 'music'; readonly name: string }
  | { readonly kind: 'prompts'; readonly names: readonly string[]; readonly playId: string }

export type MediaEvent =
  | { readonly type: 'playEnded'; readonly playId: string }
  /** The peer pressed a digit that is not relayed: it is not joined, or the other side knows no telephone-event. */
  | { readonly type: 'dtmf'; readonly digit: string; readonly durationMs: number }
  /** Neither side of a joined pair has received a packet for `timeoutMs`. Sent to both sessions, once per join. */
  | { readonly type: 'mediaLost'; readonly silentMs: number }
  /** The peer of this joined session has sent nothing for half of `timeoutMs`, whatever the other side does. */
  | { readonly type: 'silent'; readonly silentMs: number }
  /** After `silent`: the peer sends again. */
  | { readonly type: 'heard' }

/** What is asked of a recording of what a peer says. */
export interface RecordingRequest {
  /** Names it, and its file: made by the engine. */
  readonly recordingId: string
  /** It ends by itself after so much, or after so much silence; `silenceMs` 0: not for silence. */
  readonly maxMs: number
  readonly silenceMs: number
  /** With less speech than this nothing is kept. */
  readonly minSpeechMs: number
}

/** `closed`: the session was. */
export type RecordingEnd = 'stopped' | 'silence' | 'maxLength' | 'closed' | 'failed'

export interface RecordingResult {
  readonly recordingId: string
  readonly outcome: 'kept' | 'tooShort' | 'failed'
  readonly endedBy: RecordingEnd
  /** Of what was kept, or would have been: with half a second of silence after the last word. */
  readonly durationMs: number
  readonly speechMs: number
  /** Size of the file. */
  readonly bytes: number
  /** Why it failed. */
  readonly reason: string | null
}

export interface MediaSession {
  /** Our even RTP port; RTCP is on the next one. */
  readonly port: number
  /** Puts an exchange into force, the first one or a later one. */
  update(stream: MediaStream): void
  /** Replaces what is being played. Prompts interrupt music, which goes on after them. */
  play(playback: Playback): void
  /** Stops music and prompts. */
  stopPlaying(): void
  /** Sends the peer a digit as RFC 4733 events, after those under way; nothing if it knows no telephone-event. */
  press(digit: string, durationMs: number): void
  /**
   * Writes down what the peer says from now on; one at a time. Resolves when it is over and its file complete, be it after
   * {@link close}. Never rejects.
   */
  record(request: RecordingRequest): Promise<RecordingResult>
  /** Ends the recording under way, if there is one. */
  stopRecording(): void
  /** Relays audio both ways; playing stops on both. `timeoutMs` 0 turns `mediaLost`, `silent` and `heard` off. */
  join(other: MediaSession, timeoutMs: number): void
  /** Ends a join on both sides. */
  unjoin(): void
  /** Frees the ports. Idempotent; no event comes afterwards. */
  close(): void
}

export interface MediaSessionOptions {
  /** The local address to bind; numeric. */
  readonly host: string
  onEvent(event: MediaEvent): void
}

export interface MediaPort {
  start(): Promise<void>
  /** @throws EngineError `media.no_ports` when the range is used up. */
  open(options: MediaSessionOptions): Promise<MediaSession>
  /** Encodings that {@link MediaSession.play} can send and that can be converted between each other. */
  readonly playableEncodings: readonly string[]
  /** Whether {@link MediaSession.record} can keep anything. What a peer sends must be one of `playableEncodings`. */
  readonly canRecord: boolean
  /** Sessions that are open now. */
  readonly openSessions: number
  /** Whether {@link MediaSession.play} knows a prompt of this name. */
  hasPrompt(name: string): boolean
  /** Whether it knows music of this name; `default` and `silence` always. */
  hasMusic(name: string): boolean
  /** Closes every session, and completes their recordings. */
  stop(): Promise<void>
}
