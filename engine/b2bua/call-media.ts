/** The audio of one call where it runs through us: the customer's session, opened once, and one for each agent rung. */
import { audioFormats } from '../media/sdp/description.ts'
import type { MediaEvent, RtpFormat } from '../ports/media.ts'
import type { Flow, OfferExchange } from '../sip/index.ts'
import type { BridgeOptions } from './bridge-options.ts'
import { acceptFinal } from './early-media.ts'
import { settleEarly } from './early-move.ts'
import { formatsBeside, playableFormats } from './formats.ts'
import type { LegHome } from './leg-home.ts'
import { LegMedia } from './leg-media.ts'

/** Whom the customer's session is with, and how he is reached. */
export interface MediaParty {
  readonly flow: Flow
  readonly nat: boolean
  /** The offer of the INVITE; null if we have to make one. */
  readonly offer: string | null
}

export class CallMedia {
  readonly #options: BridgeOptions
  /** Has the leg that the customer has now. */
  readonly #side: { readonly home: LegHome }
  #party: MediaParty
  #customer: LegMedia | null = null
  #opening: Promise<LegMedia | null> | null = null
  /** What the customer whom we call has answered before he has picked up; null: nothing, or that has not counted. */
  #early: string | null = null
  #closed = false

  constructor(options: BridgeOptions, side: { readonly home: LegHome }, party: MediaParty) {
    this.#options = options
    this.#side = side
    this.#party = party
  }

  get party(): MediaParty {
    return this.#party
  }

  /** Null before {@link openCustomer}. */
  get customer(): LegMedia | null {
    return this.#customer
  }

  /** False when none of the customer's formats is one that we can play (DESIGN §6): such a call is treated as `with-agent`. */
  get canPlay(): boolean {
    const { offer } = this.#party
    if (offer === null) return true
    const formats = audioFormats(offer)
    return (
      formats.ok && formats.formats.some(({ encoding }) => this.#options.media.playableEncodings.includes(encoding))
    )
  }

  get playable(): readonly RtpFormat[] {
    return playableFormats(this.#options.media.playableEncodings)
  }

  /** An agent is offered what the customer talks first, else everything that the customer can (DESIGN §6). */
  get formatsForAgent(): readonly RtpFormat[] {
    if (this.#customer?.negotiated === true) return formatsBeside(this.#customer.formats, this.playable)
    const { offer } = this.#party
    const offered = offer === null ? null : audioFormats(offer)
    return offered?.ok === true ? offered.formats : this.playable
  }

  /** Null if the call has ended meanwhile. @throws EngineError `media.no_ports`, `media.unavailable` */
  openCustomer(): Promise<LegMedia | null> {
    // Whoever asks while it is being opened gets the same one.
    this.#opening ??= this.#openCustomer().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  /** The customer is another one, or at another phone. `media` null: its audio runs past us. The old one's are the caller's business. */
  change(party: MediaParty, media: LegMedia | null): void {
    this.#party = party
    this.#customer = media
  }

  /** @throws as {@link openCustomer} */
  open(flow: Flow, nat: boolean, onEvent: (event: MediaEvent) => void): Promise<LegMedia> {
    const { media, userAgent } = this.#options
    return LegMedia.open({
      media,
      sessionId: String(userAgent.options.random.uint32()),
      advertisedHost: flow.advertised.host,
      localHost: flow.localHost,
      context: { signallingHost: flow.remote.host, nat },
      onEvent,
    })
  }

  /** The customer, who talks to nobody yet, offers a change of his session. True: it is another one now. */
  offered(exchange: OfferExchange): boolean {
    const customer = this.#customer
    if (customer === null) {
      // His audio runs past us, and nobody is there now to answer him: RFC 3261 §14.1, his phone tries again.
      exchange.reject(491)
      return false
    }
    if (exchange.offer === null) {
      // Nothing is agreed on here yet while his audio is only coming back.
      exchange.accept(customer.offer(customer.negotiated ? customer.formats : this.playable))
      return false
    }
    const { answered } = exchange
    if (answered !== undefined) {
      const refusal = settleEarly(customer, this.#early, answered)
      if (refusal !== null) {
        exchange.reject(refusal)
        return false
      }
      this.#early = answered
    }
    const result = customer.answer(exchange.offer, [...customer.formats, ...this.playable])
    if (result.ok) return exchange.accept(result.sdp)
    exchange.reject(result.sipCode)
    return false
  }

  /** The customer whom we have called has picked up. False if there is no session. */
  pickedUp(sdp: string): boolean {
    const early = { sdp, earlySdp: this.#early }
    return this.#customer !== null && acceptFinal(this.#customer, early, this.playable)
  }

  /** The customer answered an offer of ours; null when he did not. False if there is no session then. */
  answered(sdp: string | null): boolean {
    return sdp !== null && this.#customer?.accept(sdp).ok === true
  }

  /** The customer, who talks to nobody yet, has answered a refresh with something new. */
  refreshed(answer: string): void {
    this.#customer?.refresh(answer)
  }

  /** The customer's audio runs past us from now on; it may come back. */
  letGo(): void {
    this.#customer?.close()
    this.#customer = null
  }

  /** The customer's session; those of the agents belong to their legs. */
  close(): void {
    this.#closed = true
    this.#customer?.close()
  }

  async #openCustomer(): Promise<LegMedia | null> {
    if (this.#customer !== null) return this.#customer
    const { flow, nat } = this.#party
    const { home } = this.#side
    const media = await this.open(flow, nat, event => home.ear.onMedia(event))
    if (this.#closed) {
      media.close()
      return null
    }
    this.#customer = media
    return media
  }
}
