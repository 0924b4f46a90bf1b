/** A pair whose audio runs through us: in-dialog offers are answered here, and a held side hears music (DESIGN §6). */
import type { RtpFormat } from '../ports/media.ts'
import type { OfferExchange } from '../sip/index.ts'
import type { Digit } from './info-digit.ts'
import type { LegMedia } from './leg-media.ts'
import { type DigitLeg, HoldState, type Pair, type PairHandlers, type Side } from './pair.ts'

export interface RelayPairOptions {
  readonly media: Readonly<Record<Side, LegMedia>>
  readonly legs: Readonly<Record<Side, DigitLeg>>
  readonly music: string
  readonly timeoutMs: number
  readonly handlers: PairHandlers
  /** RTP flows both ways, so that it tells whether the peers are there; or it doesn't. */
  onWatched(watched: boolean): void
  /** A side has changed its session. */
  onChanged(): void
}

const sides: readonly Side[] = ['customer', 'agent']

export class RelayPair implements Pair {
  readonly #options: RelayPairOptions
  readonly #hold: HoldState

  constructor(options: RelayPairOptions) {
    this.#options = options
    // Who comes from another call, or has waited, may be holding already.
    this.#hold = new HoldState(
      options.handlers,
      sides.filter(side => options.media[side].remoteHolds),
    )
    this.#mix()
  }

  get held(): readonly Side[] {
    return this.#hold.sides
  }

  offered(by: Side, exchange: OfferExchange): void {
    const own = this.#options.media[by]
    if (exchange.offer === null) {
      exchange.accept(own.offer(own.formats))
      return
    }
    // What the bridge carries now first, then what the other side could be given without a new exchange.
    const result = own.answer(exchange.offer, joinFormats(own.formats, this.#options.media[other(by)].formats))
    if (!result.ok) {
      exchange.reject(result.sipCode)
      return
    }
    exchange.accept(result.sdp)
    this.#changed(by)
  }

  answered(by: Side, sdp: string | null): boolean {
    const own = this.#options.media[by]
    if (sdp === null || !own.accept(sdp).ok) return false
    this.#changed(by)
    return true
  }

  refreshed(by: Side, answer: string): void {
    this.#options.media[by].refresh(answer)
    this.#changed(by)
  }

  /** What came as RTP and could go on as RTP has gone already; this is the rest, and what came by INFO. */
  pressed(by: Side, digit: Digit): void {
    // A side on hold hears music or nothing: a digit is for whom one talks to.
    if (this.#hold.any) return
    const to = other(by)
    const { media, legs } = this.#options
    if (media[to].takesEvents) media[to].press(digit.digit, digit.durationMs)
    else legs[to].sendDigit(digit)
  }

  part(): void {
    this.#options.media.customer.unjoin()
    this.#options.onWatched(false)
  }

  #changed(by: Side): void {
    const { media, onChanged } = this.#options
    if (this.#hold.set(by, media[by].remoteHolds)) this.#mix()
    onChanged()
  }

  #mix(): void {
    const { media, music, timeoutMs, onWatched } = this.#options
    if (!this.#hold.any) {
      media.customer.stopPlaying()
      media.agent.stopPlaying()
      media.customer.join(media.agent, timeoutMs)
      onWatched(timeoutMs > 0)
      return
    }
    media.customer.unjoin()
    onWatched(false)
    for (const side of sides) {
      if (this.#hold.holds(side)) media[side].stopPlaying()
      else media[side].play({ kind: 'music', name: music })
    }
  }
}

export function other(side: Side): Side {
  return side === 'customer' ? 'agent' : 'customer'
}

function joinFormats(first: readonly RtpFormat[], then: readonly RtpFormat[]): readonly RtpFormat[] {
  const known = new Set(first.map(formatKey))
  return [...first, ...then.filter(format => !known.has(formatKey(format)))]
}

function formatKey({ encoding, clockRateHz, channels }: RtpFormat): string {
  return `${encoding}/${clockRateHz}/${channels}`
}
