/**
 * Offer/answer state of one leg's audio (RFC 3264, RFC 8866): turns SDP into {@link MediaStream} and back. One audio
 * stream of plain RTP; every other m-line is refused but keeps its place. Nothing is remembered of an exchange that fails.
 */
import type { MediaStream, RtpFormat } from '../../ports/media.ts'
import { isPrivate, isUnspecified } from './address.ts'
import {
  closesAudio,
  type Description,
  type Direction,
  findAudio,
  problem,
  readDescription,
  type SdpProblem,
  type Section,
} from './description.ts'
import { carriesVoice, findFormat, findTelephoneEvent, sameEncoding } from './format.ts'
import { writeAudio, writeRefused, writeSession } from './write.ts'

/** Where our RTP port of this leg is; `host` is numeric. */
export interface LocalAddress {
  readonly host: string
  readonly port: number
}

/** What signalling knows about the peer: the numeric source address of its messages, and whether it is behind NAT. */
export interface NegotiationContext {
  readonly signallingHost: string
  readonly nat: boolean
}

/** `held`: from now on the peer wants to hear nothing; `resumed`: it wants to again. */
export type StreamChange = 'none' | 'held' | 'resumed'

/** A completed exchange. `formats` are those both sides know, with our numbers, the chosen audio format first. */
export interface Exchange {
  readonly ok: true
  readonly stream: MediaStream
  readonly change: StreamChange
  readonly formats: readonly RtpFormat[]
}

export interface Answer extends Exchange {
  readonly sdp: string
}

export interface NegotiatorOptions {
  /** Decimal digits, constant for the leg. */
  readonly sessionId: string
  /** The version of the first description; 1 by default. */
  readonly sessionVersion?: number
}

export interface Negotiator {
  /**
   * Answers an offer. `preferred` are the audio formats that we are willing to take, best first; their numbers don't
   * matter. telephone-event is always taken. Audio in force that is taken out of use is on hold until it comes back
   * (RFC 3264 §8.2). A problem leaves everything as it was.
   */
  answer(
    remoteSdp: string,
    local: LocalAddress,
    context: NegotiationContext,
    preferred: readonly RtpFormat[],
  ): Answer | SdpProblem
  /**
   * Makes an offer, the first one or a later one; a former offer that got no answer is forgotten. Numbers of `formats`
   * are wishes: a number once used for another format of this leg is not used again (RFC 3264 §8.3.2).
   */
  offer(local: LocalAddress, formats: readonly RtpFormat[], direction?: Direction): string
  /** Takes the answer to the open offer. Audio in force that it refuses (RFC 3264 §6) is on hold until it comes back. */
  accept(answerSdp: string, context: NegotiationContext): Exchange | SdpProblem
  /** Takes the answer to our last description, offered again as it is to refresh the session. */
  acceptAgain(answerSdp: string, context: NegotiationContext): Exchange | SdpProblem
  /** True while the peer has us on hold. */
  readonly remoteHolds: boolean
  /** The last description of the peer that was taken; null before the first exchange. */
  readonly remoteSdp: string | null
  /** The last description that we made; null before the first. */
  readonly localSdp: string | null
}

const defaultPtimeMs = 20
const firstDynamicType = 96
/** No m-line of a description carries anything. */
const noSlot = -1

/** An m-line as it stands in our descriptions; the audio one has formats, the others are refused with port 0. */
interface Slot {
  readonly kind: string
  readonly protocol: string
  readonly formatList: string
  readonly mid: string | null
}

interface LocalAudio {
  readonly index: number
  readonly local: LocalAddress
  readonly formats: readonly RtpFormat[]
  readonly direction: Direction
  readonly ptimeMs: number
}

const answersTo: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

const audioSlot: Slot = { kind: 'audio', protocol: 'RTP/AVP', formatList: '', mid: null }

export function createNegotiator(options: NegotiatorOptions): Negotiator {
  return new LegNegotiator(options)
}

class LegNegotiator implements Negotiator {
  readonly #sessionId: string
  #version: number
  #localSdp: string | null = null
  #remoteSdp: string | null = null
  #remoteHolds = false
  #slots: readonly Slot[] = [audioSlot]
  #audioIndex = 0
  #ptimeMs = defaultPtimeMs
  #openOffer: LocalAudio | null = null
  #inForce: Exchange | null = null
  /** What {@link localSdp} says. */
  #lastSaid: LocalAudio | null = null
  /** What a payload number of ours has ever meant in this session. */
  readonly #numbers = new Map<number, RtpFormat>()

  constructor(options: NegotiatorOptions) {
    this.#sessionId = options.sessionId
    this.#version = options.sessionVersion ?? 1
  }

  get remoteHolds(): boolean {
    return this.#remoteHolds
  }

  get remoteSdp(): string | null {
    return this.#remoteSdp
  }

  get localSdp(): string | null {
    return this.#localSdp
  }

  answer(
    remoteSdp: string,
    local: LocalAddress,
    context: NegotiationContext,
    preferred: readonly RtpFormat[],
  ): Answer | SdpProblem {
    const read = readDescription(remoteSdp)
    if (!read.ok) return read
    const audio = findAudio(read.description)
    if (!audio.ok)
      return this.#inForce !== null && closesAudio(remoteSdp)
        ? this.#close(read.description, local, remoteSdp, this.#inForce)
        : audio
    const chosen = chooseFormats(audio.section.formats, preferred)
    if (chosen === null) return problem(488, 'no audio format in common')

    const remoteDirection = effectiveDirection(audio.section)
    const direction = answersTo[remoteDirection]
    const ptimeMs = audio.section.ptimeMs ?? defaultPtimeMs
    this.#openOffer = null
    this.#slots = slotsOf(read.description)
    this.#audioIndex = audio.index
    this.#ptimeMs = ptimeMs
    for (const format of chosen.ours) this.#numbers.set(format.payloadType, format)
    const sdp = this.#write({ index: audio.index, local, formats: chosen.ours, direction, ptimeMs })
    this.#remoteSdp = remoteSdp
    const stream = streamOf(audio.section, direction, context, chosen.theirs, chosen.ours, ptimeMs)
    return { ...this.#settle(stream, this.#noteHold(holds(remoteDirection)), chosen.ours), sdp }
  }

  /** Every m-line is refused; what was agreed on waits for its return. */
  #close(description: Description, local: LocalAddress, remoteSdp: string, { stream, formats }: Exchange): Answer {
    this.#openOffer = null
    this.#slots = slotsOf(description)
    this.#remoteSdp = remoteSdp
    const sdp = this.#write({ index: noSlot, local, formats, direction: 'inactive', ptimeMs: this.#ptimeMs })
    return { ...this.#silence(stream, formats), sdp }
  }

  #silence(stream: MediaStream, formats: readonly RtpFormat[]): Exchange {
    const silent = { ...stream, remote: null, remoteRtcp: null, latchTo: null, sends: false, receives: false }
    return this.#settle(silent, this.#noteHold(true), formats)
  }

  offer(local: LocalAddress, formats: readonly RtpFormat[], direction: Direction = 'sendrecv'): string {
    const taken = new Set<number>()
    const numbered = formats.map(format => this.#number(format, taken))
    const offer = { index: this.#audioIndex, local, formats: numbered, direction, ptimeMs: this.#ptimeMs }
    this.#openOffer = offer
    return this.#write(offer)
  }

  accept(answerSdp: string, context: NegotiationContext): Exchange | SdpProblem {
    return this.#accept(answerSdp, this.#openOffer, context)
  }

  acceptAgain(answerSdp: string, context: NegotiationContext): Exchange | SdpProblem {
    return this.#accept(answerSdp, this.#lastSaid, context)
  }

  #accept(answerSdp: string, offer: LocalAudio | null, context: NegotiationContext): Exchange | SdpProblem {
    if (offer === null) return problem(488, 'there is no open offer')
    const read = readDescription(answerSdp)
    if (!read.ok) return read
    const audio = findAudio(read.description)
    if (!audio.ok) {
      if (this.#inForce === null || !closesAudio(answerSdp)) return audio
      this.#openOffer = null
      this.#remoteSdp = answerSdp
      return this.#silence(this.#inForce.stream, this.#inForce.formats)
    }
    // RFC 3264 §6: m-lines of an answer stand in the order of the offer.
    if (audio.index !== offer.index) return problem(488, 'the answer has its audio on another m-line than the offer')
    const matched = matchAnswer(audio.section.formats, offer.formats)
    if (matched === null) return problem(488, 'no audio format in common')

    const remoteDirection = effectiveDirection(audio.section)
    const direction = intersect(offer.direction, answersTo[remoteDirection])
    const ptimeMs = audio.section.ptimeMs ?? defaultPtimeMs
    this.#openOffer = null
    this.#remoteSdp = answerSdp
    const stream = streamOf(audio.section, direction, context, matched.theirs, matched.ours, ptimeMs)
    // An answer can hold us only if the offer would have sent: `recvonly` and `inactive` leave the peer no choice.
    const change = sends(offer.direction) ? this.#noteHold(holds(remoteDirection)) : 'none'
    return this.#settle(stream, change, matched.common)
  }

  #settle(stream: MediaStream, change: StreamChange, formats: readonly RtpFormat[]): Exchange {
    this.#inForce = { ok: true, stream, change, formats }
    return this.#inForce
  }

  #noteHold(holdsNow: boolean): StreamChange {
    if (holdsNow === this.#remoteHolds) return 'none'
    this.#remoteHolds = holdsNow
    return holdsNow ? 'held' : 'resumed'
  }

  /** The number of a format in an offer: the one it has in this session, the one it wishes if free, or a free one. */
  #number(format: RtpFormat, taken: Set<number>): RtpFormat {
    const known = [...this.#numbers.values()].find(
      candidate => sameEncoding(candidate, format) && !taken.has(candidate.payloadType),
    )
    let payloadType = known?.payloadType ?? format.payloadType
    if (known === undefined && this.#numbers.has(payloadType)) {
      payloadType = firstDynamicType
      while (this.#numbers.has(payloadType) && payloadType < 127) payloadType++
    }
    const numbered = { ...format, payloadType }
    taken.add(payloadType)
    this.#numbers.set(payloadType, numbered)
    return numbered
  }

  /** Writes a description; the version rises only if something but the version changed (RFC 3264 §8). */
  #write(audio: LocalAudio): string {
    const first = this.#localSdp === null
    let sdp = this.#render(audio)
    if (!first && sdp !== this.#localSdp) {
      this.#version++
      sdp = this.#render(audio)
    }
    this.#localSdp = sdp
    this.#lastSaid = audio
    return sdp
  }

  #render(audio: LocalAudio): string {
    const sections = this.#slots.map((slot, index) =>
      index === audio.index
        ? writeAudio({ ...audio, protocol: slot.protocol, mid: slot.mid, port: audio.local.port })
        : writeRefused(slot),
    )
    return writeSession({ sessionId: this.#sessionId, version: this.#version, host: audio.local.host }, sections)
  }
}

function slotsOf(description: Description): Slot[] {
  return description.sections.map(({ kind, protocol, formatList, mid }) => ({ kind, protocol, formatList, mid }))
}

/**
 * The formats of an answer: one audio format, so that the peer can't change codec in mid-stream, and telephone-event
 * with the offer's number. `ours` describes what we receive, `theirs` what we send.
 */
function chooseFormats(
  offered: readonly RtpFormat[],
  preferred: readonly RtpFormat[],
): { readonly ours: readonly RtpFormat[]; readonly theirs: readonly RtpFormat[] } | null {
  for (const wanted of preferred) {
    if (!carriesVoice(wanted)) continue
    const voice = findFormat(offered, wanted)
    if (voice === undefined) continue
    const event = findTelephoneEvent(offered, voice)
    const ours = wanted.fmtp === undefined ? voice : { ...voice, fmtp: wanted.fmtp }
    return event === undefined
      ? { ours: [ours], theirs: [voice] }
      : { ours: [ours, event.fmtp === undefined ? { ...event, fmtp: '0-15' } : event], theirs: [voice, event] }
  }
  return null
}

/** Pairs the formats of an answer with those of our offer; null if they have no speech in common. */
function matchAnswer(answered: readonly RtpFormat[], offered: readonly RtpFormat[]) {
  const theirs: RtpFormat[] = []
  const common: RtpFormat[] = []
  for (const format of answered) {
    const ours = findFormat(offered, format)
    if (ours === undefined || common.includes(ours)) continue
    theirs.push(format)
    common.push(ours)
  }
  const first = theirs.findIndex(carriesVoice)
  if (first < 0) return null
  for (const list of [theirs, common]) list.unshift(...list.splice(first, 1))
  return { theirs, common, ours: [...common, ...offered.filter(format => !common.includes(format))] }
}

/** RFC 3264 §8.4: an unspecified address is the old way to say that the peer wants to receive nothing. */
function effectiveDirection(section: Section): Direction {
  if (section.host === null || !isUnspecified(section.host)) return section.direction
  return sends(section.direction) ? 'sendonly' : 'inactive'
}

function holds(remoteDirection: Direction): boolean {
  return remoteDirection === 'sendonly' || remoteDirection === 'inactive'
}

function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly'
}

function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly'
}

function intersect(a: Direction, b: Direction): Direction {
  const mayReceive = receives(a) && receives(b)
  if (sends(a) && sends(b)) return mayReceive ? 'sendrecv' : 'sendonly'
  return mayReceive ? 'recvonly' : 'inactive'
}

function streamOf(
  section: Section,
  direction: Direction,
  context: NegotiationContext,
  sendFormats: readonly RtpFormat[],
  receiveFormats: readonly RtpFormat[],
  ptimeMs: number,
): MediaStream {
  const host = section.host === null || isUnspecified(section.host) ? null : section.host
  const { port, rtcpPort } = section
  return {
    remote: host === null ? null : { host, port },
    remoteRtcp: host === null || rtcpPort === null ? null : { host, port: rtcpPort },
    latchTo: latchAddress(section.host, context),
    sends: sends(direction) && host !== null,
    receives: receives(direction),
    sendFormats,
    receiveFormats,
    ptimeMs,
  }
}

/** DESIGN §6: only an address that can't be where the peer is, or a peer known to be behind NAT, may be overruled. */
function latchAddress(host: string | null, { nat, signallingHost }: NegotiationContext): string | null {
  if (nat) return signallingHost
  const isDoubtful = host === null || isUnspecified(host) || isPrivate(host)
  return isDoubtful && host !== signallingHost ? signallingHost : null
}
