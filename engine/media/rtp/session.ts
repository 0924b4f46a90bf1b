/**
 * The audio of one leg: takes packets from its peer only, and sends it what the joined leg says or what is played.
 * The way of a packet through here allocates nothing: it is rewritten in the buffer that it came in.
 */
import type { Clock } from '../../ports/clock.ts'
import type {
  MediaEvent,
  MediaSession,
  MediaStream,
  Playback,
  RecordingRequest,
  RecordingResult,
  RtpFormat,
} from '../../ports/media.ts'
import type { SocketAddress } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { alawToUlaw, convertInPlace, ulawToAlaw } from '../audio/g711.ts'
import { type AudioLibrary, isPlayable, type PlayableEncoding } from '../audio/library.ts'
import type { Recording, RecordingDesk } from '../recording/recording-desk.ts'
import { carriesVoice, findTelephoneEvent, isTelephoneEvent } from '../sdp/format.ts'
import { AddressLock, sameAddress } from './address-lock.ts'
import { DigitSender, type PressOutput } from './digit-sender.ts'
import { Join } from './join.ts'
import { Outlet } from './outlet.ts'
import { payloadEnd, payloadStart, readPayloadType, readSequence, readSsrc } from './packet.ts'
import { mapPayloads, type PayloadMap, type PayloadRoute } from './payload-map.ts'
import { Player, type PlayerOutput } from './player.ts'
import { Playlist } from './playlist.ts'
import type { PacketSink, PortPair } from './port-pairs.ts'
import { rtcpSender, translateRtcp } from './rtcp.ts'
import { DigitDetector, type Press } from './telephone-event.ts'
import type { Ticker, TickListener } from './ticker.ts'

/** What all sessions of one engine share. */
export interface SessionSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly library: AudioLibrary
  /** Ticks every 20 ms while something is played. */
  readonly pacer: Ticker
  /** Ticks slowly: silence and lost ends of digits. */
  readonly watchdog: Ticker
  readonly recordings: RecordingDesk
}

const noPayloads: PayloadMap = []

export class RtpSession implements MediaSession, PacketSink, PlayerOutput, PressOutput, TickListener {
  readonly port: number
  readonly #pair: PortPair
  readonly #surroundings: SessionSurroundings
  readonly #onEvent: (event: MediaEvent) => void
  readonly #onClose: () => void
  readonly #lock = new AddressLock()
  readonly #outlet: Outlet
  readonly #playlist: Playlist
  readonly #digits = new DigitDetector()
  /** The clock rate of telephone-event by payload number; 0: another format. */
  readonly #eventRates = new Int32Array(128)
  #stream: MediaStream | null = null
  #rtcpRemote: SocketAddress | null = null
  #playFormat: RtpFormat | null = null
  #eventFormat: RtpFormat | null = null
  #player: Player | null = null
  /** Under way: it takes the place of every other source. */
  #presses: DigitSender | null = null
  #join: Join<RtpSession> | null = null
  #peer: RtpSession | null = null
  #toPeer: PayloadMap = noPayloads
  #recording: Recording | null = null
  #lastSsrc = 0
  #lastReceivedAt = 0
  #isClosed = false

  constructor(
    pair: PortPair,
    surroundings: SessionSurroundings,
    onEvent: (event: MediaEvent) => void,
    onClose: () => void,
  ) {
    this.port = pair.port
    this.#pair = pair
    this.#surroundings = surroundings
    this.#onEvent = onEvent
    this.#onClose = onClose
    const { random, library } = surroundings
    this.#outlet = new Outlet({
      ssrc: random.uint32(),
      sequence: random.uint32() & 0xffff,
      timestamp: random.uint32(),
    })
    this.#playlist = new Playlist(library)
    pair.sink = this
  }

  get lastReceivedAt(): number {
    return this.#lastReceivedAt
  }

  get playEncoding(): PlayableEncoding | null {
    const encoding = this.#playFormat?.encoding
    return encoding !== undefined && isPlayable(encoding) ? encoding : null
  }

  get ptimeMs(): number {
    return this.#stream?.ptimeMs ?? 20
  }

  get canPlay(): boolean {
    return this.#stream?.sends === true && this.#lock.destination !== null
  }

  update(stream: MediaStream): void {
    if (this.#isClosed) return
    this.#stream = stream
    this.#lock.update(stream.remote, stream.latchTo)
    if (stream.remoteRtcp !== null || !this.#lock.isLatched) this.#rtcpRemote = stream.remoteRtcp
    const voice = stream.sendFormats.find(carriesVoice)
    this.#playFormat = stream.sendFormats.find(format => isPlayable(format.encoding) && format.channels === 1) ?? null
    this.#eventFormat = (voice === undefined ? undefined : findTelephoneEvent(stream.sendFormats, voice)) ?? null
    this.#eventRates.fill(0)
    for (const format of stream.receiveFormats) {
      if (isTelephoneEvent(format)) this.#eventRates[format.payloadType & 0x7f] = format.clockRateHz
    }
    this.#recording?.configure(stream.receiveFormats)
    this.#mapPayloads()
    const peer = this.#peer
    if (peer !== null) peer.#mapPayloads()
  }

  play(playback: Playback): void {
    if (this.#isClosed) return
    if (playback.kind === 'music') this.#playlist.playMusic(playback.name)
    else this.#playlist.playPrompts(playback.names, playback.playId)
    if (this.#player !== null) return
    this.#player = new Player(this.#playlist, this)
    this.#surroundings.pacer.add(this.#player)
  }

  stopPlaying(): void {
    this.#playlist.clear()
    this.onPlayedOut()
  }

  press(digit: string, durationMs: number): void {
    if (this.#isClosed || this.#eventFormat === null) return
    if (this.#presses === null) {
      this.#presses = new DigitSender(this)
      this.#surroundings.pacer.add(this.#presses)
    }
    this.#presses.press(digit, durationMs)
  }

  record(request: RecordingRequest): Promise<RecordingResult> {
    this.stopRecording()
    const { recording, result } = this.#surroundings.recordings.begin(request, () => {
      if (this.#recording === recording) this.#recording = null
    })
    if (this.#isClosed) recording.stop('closed')
    else {
      this.#recording = recording
      recording.configure(this.#stream?.receiveFormats ?? [])
    }
    return result
  }

  stopRecording(): void {
    this.#recording?.stop('stopped')
  }

  join(other: MediaSession, timeoutMs: number): void {
    if (!(other instanceof RtpSession) || other === this || this.#isClosed || other.#isClosed) return
    this.unjoin()
    other.unjoin()
    const join = new Join<RtpSession>(this, other, timeoutMs, this.#surroundings)
    this.#link(other, join)
    other.#link(this, join)
  }

  unjoin(): void {
    const other = this.#peer
    this.#join?.stop()
    this.#unlink()
    if (other !== null) other.#unlink()
  }

  close(): void {
    if (this.#isClosed) return
    this.unjoin()
    this.stopPlaying()
    this.onPressed()
    this.#recording?.stop('closed')
    this.#surroundings.watchdog.remove(this)
    this.#isClosed = true
    this.#pair.close()
    this.#onClose()
  }

  emit(event: MediaEvent): void {
    if (!this.#isClosed) this.#onEvent(event)
  }

  onRtp(bytes: Uint8Array, from: SocketAddress): void {
    const stream = this.#stream
    const start = payloadStart(bytes)
    if (stream === null || start < 0) return
    const ssrc = readSsrc(bytes)
    if (!this.#lock.admits(from.host, from.port, ssrc, readSequence(bytes))) return
    const now = this.#surroundings.clock.now()
    this.#lastReceivedAt = now
    this.#lastSsrc = ssrc
    if (!stream.receives) return
    // Before the relay, which rewrites the packet in place.
    if (this.#recording !== null) this.#recording.take(bytes, start, now)
    const payloadType = readPayloadType(bytes)
    const peer = this.#peer
    if (peer !== null) {
      const route = this.#toPeer[payloadType]
      if (route !== undefined && route !== null) {
        peer.#relay(bytes, start, route, this, now)
        return
      }
    }
    // A digit that the other side could not be sent as it is becomes an event like one that nobody is joined for.
    const eventRate = this.#eventRates[payloadType] ?? 0
    if (eventRate > 0) this.#detect(this.#digits.take(bytes, start, payloadEnd(bytes), eventRate, now))
  }

  onRtcp(bytes: Uint8Array, from: SocketAddress): void {
    const sender = rtcpSender(bytes)
    if (sender === null || !this.#admitsRtcp(from, sender)) return
    this.#lastReceivedAt = this.#surroundings.clock.now()
    const peer = this.#peer
    if (peer === null) return
    const to = peer.#rtcpDestination
    if (to === null) return
    const translated = translateRtcp(bytes, {
      ssrc: peer.#outlet.ssrc,
      timestampOffset: peer.#outlet.timestampOffset,
      reportedSsrc: this.#outlet.ssrc,
      originalSsrc: this.#outlet.ssrcFrom(peer),
      sequenceOffset: this.#outlet.sequenceOffset,
    })
    if (translated !== null) peer.#pair.rtcp.send(translated, to)
  }

  /** Tells a digit whose end was lost. */
  onTick(now: number): void {
    this.#detect(this.#digits.expire(now))
  }

  sendPlayed(packet: Uint8Array, now: number): void {
    const format = this.#playFormat
    const to = this.#lock.destination
    if (format === null || to === null || this.#player === null || this.#presses !== null) return
    if (this.#outlet.adopt(packet, this.#player, format.payloadType, format.clockRateHz, now)) {
      this.#pair.rtp.send(packet, to)
    }
  }

  sendPress(packet: Uint8Array, source: DigitSender, now: number): void {
    const format = this.#eventFormat
    const to = this.#lock.destination
    if (format === null || to === null || this.#stream?.sends !== true) return
    if (this.#outlet.adopt(packet, source, format.payloadType, format.clockRateHz, now)) this.#pair.rtp.send(packet, to)
  }

  get eventRateHz(): number {
    return this.#eventFormat?.clockRateHz ?? 8000
  }

  onPressed(): void {
    if (this.#presses === null) return
    this.#surroundings.pacer.remove(this.#presses)
    this.#presses = null
  }

  onPromptsEnded(playId: string): void {
    this.emit({ type: 'playEnded', playId })
  }

  onPlayedOut(): void {
    if (this.#player === null) return
    this.#surroundings.pacer.remove(this.#player)
    this.#player = null
  }

  #relay(bytes: Uint8Array, start: number, route: PayloadRoute, source: RtpSession, now: number): void {
    const to = this.#lock.destination
    // What is played to a joined leg (an announcement) is not mixed: it takes the place of the other's voice.
    if (to === null || this.#stream?.sends !== true || this.#player !== null || this.#presses !== null) return
    if (!this.#outlet.adopt(bytes, source, route.payloadType, route.clockRateHz, now)) return
    if (route.conversion !== 'none') {
      convertInPlace(bytes, start, payloadEnd(bytes), route.conversion === 'ulawToAlaw' ? ulawToAlaw : alawToUlaw)
    }
    this.#pair.rtp.send(bytes, to)
  }

  #detect(presses: readonly Press[]): void {
    if (this.#digits.isPressed) this.#surroundings.watchdog.add(this)
    else this.#surroundings.watchdog.remove(this)
    for (const { digit, durationMs } of presses) this.emit({ type: 'dtmf', digit, durationMs })
  }

  #link(peer: RtpSession, join: Join<RtpSession>): void {
    this.stopPlaying()
    this.#digits.forget()
    this.#surroundings.watchdog.remove(this)
    this.#join = join
    this.#peer = peer
    this.#mapPayloads()
  }

  #unlink(): void {
    this.#join = null
    this.#peer = null
    this.#toPeer = noPayloads
    this.#outlet.interrupt()
  }

  #mapPayloads(): void {
    const target = this.#peer === null ? null : this.#peer.#stream
    if (target === null || this.#stream === null) return
    this.#toPeer = mapPayloads(this.#stream.receiveFormats, target.sendFormats)
  }

  /** Where the peer's RTCP goes: where it said, or behind a NAT where its own RTCP came from. */
  get #rtcpDestination(): SocketAddress | null {
    const destination = this.#lock.destination
    const rtcp = this.#rtcpRemote
    return destination !== null && rtcp !== null && rtcp.host === destination.host ? rtcp : null
  }

  #admitsRtcp(from: SocketAddress, sender: number): boolean {
    if (this.#rtcpDestination !== null) return sameAddress(from, this.#rtcpDestination)
    // Behind a NAT the RTCP port is anybody's guess: it is learnt once, from the host and source that RTP latched to.
    if (!this.#lock.isLatched || from.host !== this.#lock.destination?.host || sender !== this.#lastSsrc) return false
    this.#rtcpRemote = { host: from.host, port: from.port }
    return true
  }
}
