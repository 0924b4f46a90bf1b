/** How customer and agent are joined: the pair in force, made of what the two sides have. */
import type { Logger } from '../ports/logger.ts'
import type { BridgeEvent } from './bridge-alphabet.ts'
import type { CustomerSide } from './customer-side.ts'
import { DirectPair } from './direct-pair.ts'
import { canMeet } from './formats.ts'
import type { LegMedia } from './leg-media.ts'
import type { OfferedAgent } from './offered-agent.ts'
import type { Pair, PairHandlers, Side } from './pair.ts'
import { other, RelayPair } from './relay-pair.ts'
import { handOver, recode } from './renegotiate.ts'

export interface PairingOptions {
  readonly customer: CustomerSide
  readonly logger: Logger
  readonly mediaTimeoutMs: number
  readonly mode: 'relay' | 'direct'
  emit(event: BridgeEvent): void
}

export class Pairing {
  readonly #options: PairingOptions
  #current: Pair | null = null

  constructor(options: PairingOptions) {
    this.#options = options
  }

  /** Null: they do not hear each other. */
  get current(): Pair | null {
    return this.#current
  }

  /** Audio runs through us. `isSettled`: what the customer talks is agreed on already, so that he may have to be asked for something else. */
  relay(agent: OfferedAgent, media: LegMedia, customerMedia: LegMedia, isSettled: boolean): RelayPair {
    const { customer, logger, mediaTimeoutMs } = this.#options
    const { leg, music } = customer
    const pair = new RelayPair({
      media: { customer: customerMedia, agent: media },
      legs: { customer: leg, agent: agent.leg },
      music,
      timeoutMs: mediaTimeoutMs,
      handlers: this.#handlers,
      onWatched: watched => {
        leg.watchedByMedia(watched)
        agent.leg.watchedByMedia(watched)
      },
    })
    this.#current = pair
    if (isSettled && !canMeet(customerMedia.formats, media.formats)) recode(leg, customerMedia, media.formats, logger)
    return pair
  }

  /** Audio runs past us. */
  direct(agent: OfferedAgent, held: readonly Side[] = []): DirectPair {
    const { leg, origin } = this.#options.customer
    agent.joined = true
    const pair = new DirectPair({
      legs: { customer: leg, agent: agent.leg },
      origins: { customer: origin, agent: agent.origin },
      handlers: this.#handlers,
      held,
    })
    this.#current = pair
    return pair
  }

  /** One of the two has changed the phone: they go on as they were, but for what the new one says of holding. */
  rejoin(agent: OfferedAgent, before: readonly Side[], after: readonly Side[]): void {
    const { emit } = this.#options
    const { held } = this.#join(agent, after)
    for (const by of before) if (!held.includes(by)) emit({ type: 'retrieved', by })
    for (const by of held) if (!before.includes(by)) emit({ type: 'held', by })
    this.handOver(agent)
  }

  /** An agent who has called himself, and whom he talks to, change sides. Neither notices. @returns the agent */
  turnRound(party: OfferedAgent, offerId: string): OfferedAgent {
    const held = (this.#current?.held ?? []).map(other)
    this.part()
    const agent = this.#options.customer.changePlaces(party, offerId)
    this.#join(agent, held)
    return agent
  }

  #join(agent: OfferedAgent, held: readonly Side[]): Pair {
    this.#options.customer.meet(agent)
    const [own, theirs] = [agent.media, this.#options.customer.media.customer]
    return own !== null && theirs !== null ? this.relay(agent, own, theirs, true) : this.direct(agent, held)
  }

  /** Where audio is to run past us, has those whom the relay joins do so; it goes on if one of them does not want that. */
  handOver(agent: OfferedAgent): void {
    const { customer, mode } = this.#options
    const { leg, origin, media } = customer
    const relay = this.#current
    const { said } = leg
    if (mode !== 'direct' || leg.offer === null || said === null || agent.media === null) return
    // RFC 3264 §8: who has seen our origin goes on seeing it, with a higher version.
    agent.origin.begin(agent.media?.described ?? '')
    origin.begin(media.customer?.described ?? '')
    const isWanted = () => relay !== null && this.#current === relay
    handOver({ customer: leg, agent: agent.leg }, { customer: origin, agent: agent.origin }, said, isWanted, () => {
      relay?.part()
      agent.media?.close()
      agent.media = null
      media.letGo()
      this.direct(agent)
    })
  }

  part(): void {
    this.#current?.part()
    this.#current = null
  }

  get #handlers(): PairHandlers {
    const { emit } = this.#options
    return {
      onHeld: by => emit({ type: 'held', by }),
      onRetrieved: by => emit({ type: 'retrieved', by }),
    }
  }
}
