/**
 * One call of a simulated phone, from either side, once signalling has begun: who gives it up and when, the talk, hold
 * and resume, and the end.
 */
import { createNegotiator, type NegotiationContext, type Negotiator } from '../media/sdp/negotiator.ts'
import type { Clock } from '../ports/clock.ts'
import type { MediaSession, MediaStream, RtpFormat } from '../ports/media.ts'
import type { SocketAddress } from '../ports/network.ts'
import type { DialogEnd, InviteDialog, InviteDialogHandlers, OfferExchange } from '../sip/index.ts'
import { TimerBag } from '../timer-bag.ts'
import type { TalkPlan } from './phone-plan.ts'

export type PhoneCallState = 'calling' | 'ringing' | 'answered' | 'ended'

export interface PhoneCallEnd {
  /** `network`: the other side has vanished. */
  readonly by: 'self' | 'peer' | 'network'
  /** Final SIP status of a call that was not answered; 200 of one that was. */
  readonly status: number
}

export interface PhoneCallOptions {
  readonly clock: Clock
  readonly direction: 'outgoing' | 'incoming'
  readonly sipCallId: string
  /** User part of the other side's address. */
  readonly peer: string
  readonly plan: TalkPlan
  /** Decimal digits. */
  readonly sessionId: string
  /** Where audio is received. */
  readonly local: SocketAddress
  /** Null: the phone is deaf and mute. */
  readonly media: MediaSession | null
  /** Ends the call before its answer: CANCEL, or a final response. */
  giveUp(): void
  onEnded(call: PhoneCall, end: PhoneCallEnd): void
}

/** What phones speak, best first. */
const formats: readonly RtpFormat[] = [
  { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 },
  { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 },
  { payloadType: 101, encoding: 'TELEPHONE-EVENT', clockRateHz: 8000, channels: 1 },
]

/** Only needed to tell where a peer behind NAT really is, which phones leave to the engine. */
const nowhere: NegotiationContext = { signallingHost: '', nat: false }

export class PhoneCall {
  readonly direction: 'outgoing' | 'incoming'
  readonly sipCallId: string
  readonly peer: string
  readonly #options: PhoneCallOptions
  readonly #negotiator: Negotiator
  readonly #timers: TimerBag<'patience' | 'ring' | 'act' | 'talk' | 'hold'>
  #state: PhoneCallState = 'calling'
  #end: PhoneCallEnd | null = null
  #dialog: InviteDialog | null = null
  #talks = false
  #holds = false

  constructor(options: PhoneCallOptions) {
    this.#options = options
    this.direction = options.direction
    this.sipCallId = options.sipCallId
    this.peer = options.peer
    this.#negotiator = createNegotiator({ sessionId: options.sessionId })
    this.#timers = new TimerBag(options.clock)
  }

  get state(): PhoneCallState {
    return this.#state
  }

  /** Null while the call lasts. */
  get end(): PhoneCallEnd | null {
    return this.#end
  }

  /** This side has the other one on hold. */
  get holds(): boolean {
    return this.#holds
  }

  /** The other side has this one on hold. */
  get held(): boolean {
    return this.#negotiator.remoteHolds
  }

  /** Somebody talks to this side: waiting is over. */
  joined(): void {
    if (this.#state === 'ended' || this.#talks) return
    this.#talks = true
    const { talkMs, hold } = this.#options.plan
    this.#timers.disarm('patience')
    if (talkMs !== null) this.#timers.arm('talk', talkMs, () => this.hangup())
    if (hold !== undefined)
      this.#timers.arm('hold', hold.afterMs, () => {
        this.hold()
        this.#timers.arm('hold', hold.forMs, () => this.resume())
      })
  }

  /** CANCEL, a refusal or BYE, whichever fits. */
  hangup(): void {
    if (this.#state === 'ended') return
    if (this.#dialog !== null) {
      this.#dialog.bye()
      return
    }
    this.#options.giveUp()
    this.ended({ by: 'self', status: 487 })
  }

  /** Presses digits, told by INFO: a simulated phone has no audio to put them into. */
  press(digits: string): void {
    for (const digit of digits) this.#dialog?.info('application/dtmf-relay', `Signal=${digit}\r\nDuration=100\r\n`)
  }

  hold(): void {
    if (!this.#holds) this.#offerAgain(true)
  }

  resume(): void {
    if (this.#holds) this.#offerAgain(false)
  }

  // For those who signal.

  /** Does something unless the call ends before. */
  after(delayMs: number, what: 'patience' | 'ring' | 'act', action: () => void): void {
    this.#timers.arm(what, delayMs, action)
  }

  rings(): void {
    if (this.#state === 'calling') this.#state = 'ringing'
  }

  answered(dialog: InviteDialog): void {
    this.#timers.disarm('ring')
    this.#timers.disarm('act')
    this.#state = 'answered'
    this.#dialog = dialog
    this.#options.media?.play({ kind: 'music', name: 'default' })
  }

  ended(end: PhoneCallEnd): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#end = end
    this.#timers.clear()
    this.#options.media?.close()
    this.#options.onEnded(this, end)
  }

  offer(): string {
    return this.#negotiator.offer(this.#options.local, formats)
  }

  /** The answer to an offer; null if there is nothing in common. */
  answerTo(offer: string): string | null {
    const result = this.#negotiator.answer(offer, this.#options.local, nowhere, formats)
    if (!result.ok) return null
    this.#listen(result.stream)
    return result.sdp
  }

  /** False if the answer does not fit what was offered. */
  accept(answer: string): boolean {
    const result = this.#negotiator.accept(answer, nowhere)
    if (result.ok) this.#listen(result.stream)
    return result.ok
  }

  readonly dialogHandlers: InviteDialogHandlers = {
    onOffer: exchange => this.#onOffer(exchange),
    onAnswer: sdp => {
      if (sdp === null || !this.accept(sdp)) this.hangup()
    },
    onEnded: end => this.ended({ by: enderOf(end), status: 200 }),
  }

  #onOffer(exchange: OfferExchange): void {
    if (exchange.offer === null) {
      exchange.accept(this.offer())
      return
    }
    const answer = this.answerTo(exchange.offer)
    if (answer === null) exchange.reject(488)
    else exchange.accept(answer)
  }

  #offerAgain(holds: boolean): void {
    if (this.#dialog === null || this.#state === 'ended') return
    const form = () => this.#negotiator.offer(this.#options.local, formats, holds ? 'sendonly' : 'sendrecv')
    this.#dialog.reinvite(form, {
      onAnswer: answer => {
        if (answer !== null && this.accept(answer)) this.#holds = holds
      },
      onRefused: () => {},
    })
  }

  /** A phone sends audio where SDP says, and nowhere else. */
  #listen(stream: MediaStream): void {
    this.#options.media?.update({ ...stream, latchTo: null })
  }
}

function enderOf(end: DialogEnd): PhoneCallEnd['by'] {
  if (end.by === 'remote') return 'peer'
  return end.cause === 'bye' ? 'self' : 'network'
}
