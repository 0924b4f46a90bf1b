/** How customer and agent are joined: the pair in force, made of what the two sides have. */
import { takesAudio } from '../media/sdp/direct-hold.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { BridgeCore } from './bridge-core.ts'
import { DirectPair } from './direct-pair.ts'
import { acceptFinal, passEarlyMedia, ringBack } from './early-media.ts'
import { canMeet } from './formats.ts'
import type { LegMedia } from './leg-media.ts'
import type { OfferedAgent } from './offered-agent.ts'
import type { DirectLeg, Pair, PairHandlers, Side } from './pair.ts'
import { other, RelayPair } from './relay-pair.ts'
import { type HandOverHandlers, handOver, recode } from './renegotiate.ts'

export class Pairing implements PairHandlers {
  readonly #core: BridgeCore
  #current: Pair | null = null
  /** Both are being asked to have their audio run past us; null: they are not. */
  #asking: Asking | null = null

  constructor(core: BridgeCore) {
    this.#core = core
  }

  /** Null: they do not hear each other. */
  get current(): Pair | null {
    return this.#current
  }

  onHeld(by: Side): void {
    this.#core.emit({ type: 'held', by })
  }

  onRetrieved(by: Side): void {
    this.#core.emit({ type: 'retrieved', by })
  }

  /** As {@link Bridge.connect}. */
  connect(offerId: string): void {
    const { agents, customer, closed } = this.#core
    const agent = agents.get(offerId)
    if (agent === undefined || closed) return
    this.#core.connected = offerId
    customer.meet(agent)
    const { media } = agent
    if (media !== null) this.#core.run(() => this.#connectRelay(offerId, agent, media))
    else if (agent.joined || customer.leg.answered) this.#connectAnew(offerId, agent)
    else this.#connectDirect(offerId, agent)
  }

  /** A customer whom we have called has picked up: perhaps for an agent who waits for him. */
  pickedUp(): void {
    const { connected } = this.#core
    if (connected !== null && this.#current === null) this.connect(connected)
  }

  /** An outside party plays something before it answers. `done`: the caller hears it, or is not to. */
  passEarlyMedia(offerId: string, sdp: string, done: () => void): void {
    const { agents, customer, closed } = this.#core
    const agent = agents.get(offerId)
    if (agent === undefined || closed) return
    agent.earlySdp = sdp
    const isWanted = () => agents.get(offerId) === agent && this.#core.connected === null
    const { leg, media, origin } = customer
    this.#core.passOn(agent.leg.userToUser)
    const call = { customer: leg, media, customerOrigin: origin, isWanted }
    this.#core.run(() => passEarlyMedia(call, sdp, agent.media).then(done), done)
  }

  #connectDirect(offerId: string, agent: OfferedAgent): void {
    const { customer } = this.#core
    // What was described before the answer counts if the answer says nothing (RFC 3261 §13.2.1).
    const sdp = agent.sdp === '' ? (agent.earlySdp ?? '') : agent.sdp
    const moved = agent.moved?.from === sdp ? agent.moved.to : null
    const { offer } = customer.leg
    // RFC 3264 §6: who refuses the audio has answered, but nobody would hear him.
    if (!takesAudio(moved ?? sdp, offer ?? '')) {
      this.#core.unusable(offerId)
      return
    }
    // Who was told in a 183 where the agent was has had his answer by that.
    const isTold = agent.earlySdp !== null && takesAudio(agent.earlySdp, offer ?? '')
    if (moved === null || isTold) customer.leg.answer(customer.origin.pass(sdp))
    else customer.leg.answer(customer.origin.pass(moved, offer))
    const pair = this.#direct(agent)
    this.#core.emit({ type: 'customer.answered' })
    this.#core.emit({ type: 'connected', offerId })
    if (moved !== null && isTold && this.#current === pair) pair.refreshed('agent', moved, moved)
  }

  /** Both sides have been answered, and their audio runs past us, but not to each other. */
  #connectAnew(offerId: string, agent: OfferedAgent): void {
    const { leg, media } = this.#core.customer
    this.#core.customer.stayAway()
    this.#ask(agent, leg.said ?? '', {
      held: [],
      isWanted: () => this.#core.connected === offerId && !this.#core.closed,
      onMet: () => {
        media.letGo()
        this.#direct(agent)
        this.#core.emit({ type: 'connected', offerId })
      },
      onRefused: () => this.#core.unusable(offerId),
      anew: () => this.#connectAnew(offerId, agent),
    })
  }

  async #connectRelay(offerId: string, agent: OfferedAgent, media: LegMedia): Promise<void> {
    const { customer, agents } = this.#core
    const isNew = !agent.joined
    if (isNew && !acceptFinal(media, agent, customer.media.formatsForAgent)) {
      this.#core.unusable(offerId)
      return
    }
    agent.joined = true
    if (isNew && agent.zipTone) await this.#core.zipTones.play(media, offerId)
    const customerMedia = await customer.media.openCustomer()
    if (customerMedia === null || agents.get(offerId) !== agent) return
    const { answered, described } = customer.leg
    if (!answered) customer.answerWith(customerMedia, media.formats)
    if (!customer.leg.answered) {
      ringBack(media, this.#core.options.customer, customer.leg.ended)
      return
    }
    const { held } = this.#relay(agent, media, customerMedia, answered || described)
    this.#core.emit({ type: 'connected', offerId })
    for (const by of held) this.onHeld(by)
    this.#handOver(agent)
  }

  /** Audio runs through us. `isSettled`: what the customer talks is agreed on already, so that he may have to be asked for something else. */
  #relay(agent: OfferedAgent, media: LegMedia, customerMedia: LegMedia, isSettled: boolean): RelayPair {
    const { customer, options } = this.#core
    const { leg, music } = customer
    const pair = new RelayPair({
      media: { customer: customerMedia, agent: media },
      legs: { customer: leg, agent: agent.leg },
      music,
      timeoutMs: options.mediaTimeoutMs,
      handlers: this,
      onWatched: watched => {
        leg.watchedByMedia(watched)
        agent.leg.watchedByMedia(watched)
      },
      onChanged: () => this.changed(),
    })
    this.#current = pair
    const formats = () => (canMeet(customerMedia.formats, media.formats) ? null : media.formats)
    if (isSettled) this.#recode(pair, 'customer', leg, customerMedia, formats)
    return pair
  }

  /** Asks one of those whom the relay joins for other formats, or for the relay again, as long as it joins them. */
  #recode(
    pair: RelayPair,
    side: Side,
    leg: DirectLeg,
    media: LegMedia,
    formats: () => readonly RtpFormat[] | null,
  ): void {
    const isOn = () => this.#current === pair
    const take = (answer: string) => (isOn() ? pair.answered(side, answer) : media.accept(answer).ok)
    recode(leg, media, () => (isOn() ? formats() : null), take, this.#core.options.logger)
  }

  /** Audio runs past us. */
  #direct(agent: OfferedAgent, held: readonly Side[] = []): DirectPair {
    const { leg, origin } = this.#core.customer
    agent.joined = true
    const pair = new DirectPair({
      legs: { customer: leg, agent: agent.leg },
      origins: { customer: origin, agent: agent.origin },
      handlers: this,
      held,
      onChanged: () => this.changed(),
    })
    this.#current = pair
    return pair
  }

  /**
   * One of the two has changed the phone: they go on as they were, but for what the new one says of holding.
   * @param before who held, which was told
   * @param after who says that he does
   */
  rejoin(agent: OfferedAgent, before: readonly Side[], after: readonly Side[]): void {
    const { held } = this.#join(agent, after)
    for (const by of before) if (!held.includes(by)) this.onRetrieved(by)
    for (const by of held) if (!before.includes(by)) this.onHeld(by)
    this.#handOver(agent)
  }

  /** An agent who has called himself, and whom he talks to, change sides. Neither notices. @returns the agent */
  turnRound(party: OfferedAgent, offerId: string): OfferedAgent {
    const held = (this.#current?.held ?? []).map(other)
    this.part()
    const agent = this.#core.customer.changePlaces(party, offerId)
    this.#join(agent, held)
    return agent
  }

  #join(agent: OfferedAgent, held: readonly Side[]): Pair {
    this.#asking = null
    const { customer } = this.#core
    customer.meet(agent)
    const [own, theirs] = [agent.media, customer.media.customer]
    return own !== null && theirs !== null ? this.#relay(agent, own, theirs, true) : this.#direct(agent, held)
  }

  /** Where audio is to run past us, has those whom the relay joins do so; it goes on if one of them does not want that. */
  #handOver(agent: OfferedAgent): void {
    const { customer, options } = this.#core
    const { leg, media } = customer
    const relay = this.#current
    if (options.mode !== 'direct' || leg.offer === null || agent.media === null) return
    const { said } = leg
    if (said === null || !(relay instanceof RelayPair)) return
    const { origin } = customer
    const own = { agent: agent.media, customer: media.customer }
    own.agent.share(agent.origin)
    own.customer?.share(origin)
    const legs = { agent: agent.leg, customer: leg }
    this.#ask(agent, said, {
      held: relay.held,
      isWanted: () => this.#current === relay,
      onMet: () => {
        relay.part()
        agent.media?.close()
        agent.media = null
        media.letGo()
        // Who held in the relay goes on holding, so that it is told when he comes back.
        this.#direct(agent, relay.held)
      },
      onRefused: changed => {
        for (const side of changed) {
          const back = own[side]
          if (back !== null) this.#recode(relay, side, legs[side], back, () => back.formats)
        }
      },
      anew: () => this.#handOver(agent),
    })
  }

  /**
   * One of the two was turned to another phone of the other one, which does not take the call after all: both are asked for
   * what they had. `said`: by the customer.
   */
  restore(agent: OfferedAgent, said: string | null): void {
    const pair = this.#current
    this.#ask(agent, said ?? '', {
      held: pair?.held ?? [],
      isWanted: () => this.#current === pair,
      onMet() {},
      onRefused() {},
      anew: () => this.restore(agent, this.#core.customer.leg.said),
    })
  }

  #ask(agent: OfferedAgent, said: string, { held, isWanted, onMet, onRefused, anew }: Wish): void {
    const { leg, origin } = this.#core.customer
    const asking: Asking = { giveUp() {}, anew }
    this.#asking = asking
    const legs = { customer: leg, agent: agent.leg }
    asking.giveUp = handOver(legs, { customer: origin, agent: agent.origin }, said, held, {
      isWanted: () => this.#asking === asking && isWanted(),
      onMet: () => {
        this.#asking = null
        onMet()
      },
      onRefused: changed => {
        this.#asking = null
        onRefused(changed)
      },
    })
  }

  /** One of the two has changed his session: what either is still asked for, or waits after glare, is out of date. */
  changed(): void {
    const asking = this.#asking
    if (asking === null) return
    this.#asking = null
    asking.giveUp()
    asking.anew()
  }

  part(): void {
    this.#asking = null
    this.#current?.part()
    this.#current = null
  }
}

interface Asking {
  giveUp: () => void
  readonly anew: () => void
}

interface Wish extends HandOverHandlers {
  /** Who holds. */
  readonly held: readonly Side[]
  /** Asks again, with what is in force by then. */
  anew(): void
}
