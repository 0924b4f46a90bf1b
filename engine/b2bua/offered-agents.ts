/** The agents of one call whose devices ring for it, or have answered: what is opened for them, rung, and taken back. */
import { createDirectOrigin, type DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { MediaEvent } from '../ports/media.ts'
import type { Flow, OfferExchange, ReferExchange } from '../sip/index.ts'
import type { AgentLegHandlers } from './agent-leg.ts'
import { ArrivedAgent } from './arrived-agent.ts'
import type { AgentDevice, BridgeEvent } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import type { CallMedia } from './call-media.ts'
import type { Digit } from './info-digit.ts'
import type { LegMedia } from './leg-media.ts'
import { type LegOutcome, noOffer } from './leg-outcome.ts'
import type { AgentHome, OfferedAgent } from './offered-agent.ts'
import { Redirection } from './redirection.ts'
import { ringDevice } from './ring-device.ts'

export interface OfferedAgentsOptions {
  readonly bridge: BridgeOptions
  readonly media: CallMedia
  /** The description that a device gets as it is, because audio will run past us; null: audio runs through us. */
  directOffer(): string | null
  readonly isClosed: () => boolean
  emit(event: BridgeEvent): void
  /** Runs what waits for media; `onRefused`: there are none. */
  run(work: () => Promise<void>, onRefused: () => void): void
  onEarlyMedia(offerId: string, sdp: string, done: () => void): void
  onOffer(offerId: string, exchange: OfferExchange): void
  onAnswer(offerId: string, sdp: string | null): void
  onDigit(offerId: string, digit: Digit): void
  onRefer(offerId: string, exchange: ReferExchange): void
  onMedia(offerId: string, event: MediaEvent): void
  onEnded(offerId: string, outcome: LegOutcome): void
}

export class OfferedAgents {
  readonly #options: OfferedAgentsOptions
  readonly #agents = new Map<string, OfferedAgent>()
  /** Offers whose media is being opened, and those of them that were withdrawn meanwhile. */
  readonly #opening = new Set<string>()
  readonly #withdrawn = new Set<string>()

  constructor(options: OfferedAgentsOptions) {
    this.#options = options
  }

  get ids(): readonly string[] {
    return [...this.#agents.keys()]
  }

  get(offerId: string): OfferedAgent | undefined {
    return this.#agents.get(offerId)
  }

  /** Rings a device. `agent.ended` follows if it can't be rung. */
  offer(offerId: string, device: AgentDevice): void {
    const home: AgentHome = { agents: this, owner: { callId: this.#options.bridge.callId, offerId } }
    const { redirect, others = [] } = device
    const rung = [device, ...others].map(({ uri }) => uri)
    this.#begin(home, device, redirect === undefined ? null : new Redirection(rung, redirect))
  }

  #begin(home: AgentHome, device: AgentDevice, redirection: Redirection | null): void {
    const offerId = home.owner.offerId ?? ''
    const direct = this.#options.directOffer()
    if (direct !== null) {
      const origin = createDirectOrigin()
      this.#ring(home, device, { sdp: origin.pass(direct), media: null, origin }, redirection)
      return
    }
    this.#options.run(
      () => this.#open(home, device, redirection),
      () => this.#options.emit({ type: 'agent.ended', offerId, outcome: noOffer }),
    )
    this.#opening.add(offerId)
  }

  /** A phone has not taken the call. @returns whether another one is rung instead, or may be */
  #sentOn(offerId: string, outcome: LegOutcome): boolean {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || agent.redirection === null || outcome.kind !== 'refused') return false
    const { redirection, home, uri } = agent
    redirection.add(outcome.targets ?? [])
    if (redirection.isOver) return false
    const { run, emit, isClosed } = this.#options
    this.take(offerId)
    agent.media?.close()
    this.#opening.add(offerId)
    run(
      async () => {
        const next = await redirection.next()
        this.#opening.delete(offerId)
        if (isClosed() || this.#withdrawn.delete(offerId)) next?.pass?.end(0)
        else if (next === null) emit({ type: 'agent.ended', offerId, outcome })
        else {
          emit({ type: 'agent.redirected', offerId, from: uri, to: next.uri })
          this.#begin(home, next, redirection)
        }
      },
      () => emit({ type: 'agent.ended', offerId, outcome }),
    )
    return true
  }

  /** The leg is nobody's business any more; the caller ends it. */
  take(offerId: string): OfferedAgent | undefined {
    const agent = this.#agents.get(offerId)
    this.#agents.delete(offerId)
    return agent
  }

  /** A leg that another call gave away: what happens on it is this call's business from now on. */
  adopt(agent: OfferedAgent): void {
    const { home } = agent
    home.agents = this
    home.owner.callId = this.#options.bridge.callId
    this.#agents.set(home.owner.offerId ?? '', agent)
  }

  /** No leg is there yet: it will not be rung. */
  cancelOpening(offerId: string): void {
    if (this.#opening.has(offerId)) this.#withdrawn.add(offerId)
  }

  /** Media of a leg. @throws EngineError `media.no_ports`, `media.unavailable` */
  openFor(home: AgentHome, flow: Flow, nat: boolean): Promise<LegMedia> {
    const offerId = home.owner.offerId ?? ''
    return this.#options.media.open(flow, nat, event => home.agents.#options.onMedia(offerId, event))
  }

  /** The agent goes on with another phone, which is answered; the old one is hung up. */
  replace(
    before: OfferedAgent,
    arrival: PhoneArrival,
    { sdp, ...now }: Opened & { readonly uri: string },
    reason: string | null,
  ): OfferedAgent {
    const offerId = before.home.owner.offerId ?? ''
    const home: AgentHome = { agents: this, owner: { callId: this.#options.bridge.callId, offerId } }
    const leg = new ArrivedAgent(this.#options.bridge, arrival, { owner: home.owner, handlers: this.#handlersOf(home) })
    const known = { zipTone: false, redirection: null, sdp: arrival.invite.offer ?? '', earlySdp: null, joined: true }
    const agent = { leg, home, ...now, ...known }
    leg.answer(sdp)
    // Out before it ends, so that its end is nobody's business.
    this.take(offerId)
    before.media?.close()
    before.leg.hangup(reason)
    this.#agents.set(offerId, agent)
    return agent
  }

  async #open(home: AgentHome, device: AgentDevice, redirection: Redirection | null): Promise<void> {
    const { media: call, isClosed } = this.#options
    const offerId = home.owner.offerId ?? ''
    const media = await this.openFor(home, device.flow, device.nat)
    if (isClosed() || this.#withdrawn.delete(offerId)) {
      media.close()
      device.pass?.end(0)
      return
    }
    const opened = { sdp: media.offer(call.formatsForAgent), media, origin: createDirectOrigin() }
    this.#ring(home, device, opened, redirection)
  }

  #ring(home: AgentHome, device: AgentDevice, { sdp, media, origin }: Opened, redirection: Redirection | null): void {
    const offerId = home.owner.offerId ?? ''
    this.#opening.delete(offerId)
    // Not the options of this call: the leg may have gone over to another one.
    const told = () => home.agents.#options
    const leg = ringDevice(
      this.#options.bridge,
      device,
      { sdp, owner: home.owner },
      {
        ...(device.route === undefined || device.pass !== undefined
          ? {}
          : { onEarlyMedia: (early: string, done: () => void) => told().onEarlyMedia(offerId, early, done) }),
        onRinging: () => told().emit({ type: 'agent.ringing', offerId }),
        onAnswered: answer => home.agents.#answered(offerId, answer),
        ...this.#handlersOf(home),
        ...(redirection === null ? {} : this.#redirectedHandlers(home, device)),
      },
      chosen => {
        media?.heardFrom(chosen.flow.remote.host, chosen.nat)
        const agent = home.agents.get(offerId)
        if (agent !== undefined) agent.zipTone = chosen.zipTone === true
      },
    )
    const zipTone = device.zipTone === true
    this.#agents.set(offerId, {
      leg,
      home,
      uri: device.uri,
      media,
      origin,
      zipTone,
      redirection,
      sdp: '',
      earlySdp: null,
      joined: false,
    })
  }

  /** What is different on a leg that may be sent on, or was. */
  #redirectedHandlers(
    home: AgentHome,
    { pass }: AgentDevice,
  ): Pick<AgentLegHandlers, 'onAnswered' | 'onRefer' | 'onEnded'> {
    const { clock } = this.#options.bridge
    const offerId = home.owner.offerId ?? ''
    const { onRefer, onEnded } = this.#handlersOf(home)
    let answeredAt: number | null = null
    return {
      onAnswered: answer => {
        answeredAt = clock.now()
        home.agents.#answered(offerId, answer)
      },
      // The agent may, on his own phones; a trunk may not.
      onRefer: exchange => (pass === undefined ? onRefer(exchange) : exchange.refuse(403)),
      onEnded: outcome => {
        pass?.end(answeredAt === null ? 0 : clock.now() - answeredAt)
        if (answeredAt !== null || !home.agents.#sentOn(offerId, outcome)) onEnded(outcome)
      },
    }
  }

  #handlersOf(home: AgentHome): Omit<AgentLegHandlers, 'onRinging' | 'onEarlyMedia' | 'onAnswered'> {
    const offerId = home.owner.offerId ?? ''
    const told = () => home.agents.#options
    return {
      onOffer: exchange => told().onOffer(offerId, exchange),
      onAnswer: answer => told().onAnswer(offerId, answer),
      onDigit: digit => told().onDigit(offerId, digit),
      onRefer: exchange => told().onRefer(offerId, exchange),
      onEnded: outcome => told().onEnded(offerId, outcome),
    }
  }

  #answered(offerId: string, answer: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    agent.sdp = answer
    this.#options.emit({ type: 'agent.answered', offerId })
  }
}

interface Opened {
  readonly sdp: string
  readonly media: LegMedia | null
  readonly origin: DirectOrigin
}
