/** The agents of one call whose devices ring for it, or have answered: what is opened for them, rung, and taken back. */
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { reasonToTell } from '../outcomes.ts'
import type { MediaEvent } from '../ports/media.ts'
import type { OfferExchange, ReferExchange, SessionEnd } from '../sip/index.ts'
import type { AgentLegHandlers } from './agent-leg.ts'
import type { AgentDevice, BridgeEvent } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import type { CallMedia } from './call-media.ts'
import { CustomerLeg } from './customer-leg.ts'
import type { Digit } from './info-digit.ts'
import { deaf, Hearing, type LegEar, type LegHome, type RingEar } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import { cutOff, type LegOutcome, noOffer, notLetOut } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'
import { Redirection } from './redirection.ts'
import { ringDevice } from './ring-device.ts'

export interface OfferedAgentsOptions {
  readonly bridge: BridgeOptions
  readonly media: CallMedia
  /** The description that a device gets as it is, because audio will run past us; null: audio runs through us. */
  directOffer(): string | null
  /** The customer, for the phones that are rung for him. */
  customerEnd(): SessionEnd
  readonly isClosed: () => boolean
  emit(event: BridgeEvent): void
  onRinging(offerId: string): void
  /** Runs what waits for media; `onRefused`: there are none. */
  run(work: () => Promise<void>, onRefused: () => void): void
  /** What others set off here comes back to them in no exception. */
  guard(work: () => void): void
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
    const home = this.homeOf(offerId)
    this.#begin(home, device, device.redirect === undefined ? null : new Redirection(device, device.redirect))
  }

  #begin(home: LegHome, device: AgentDevice, redirection: Redirection | null): void {
    const offerId = home.owner.offerId ?? ''
    const direct = this.#options.directOffer()
    if (direct !== null) {
      const origin = new DirectOrigin()
      this.#ring(home, device, { sdp: origin.pass(direct), media: null, origin }, redirection)
      return
    }
    this.#options.run(
      () => this.#open(home, device, redirection),
      () => {
        this.#opening.delete(offerId)
        this.#options.emit({ type: 'agent.ended', offerId, outcome: noOffer })
      },
    )
    this.#opening.add(offerId)
  }

  /** A phone has not taken the call. @returns whether another one is rung instead, or may be */
  sentOn(offerId: string, outcome: LegOutcome): boolean {
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
        if (isClosed() || this.#withdrawn.delete(offerId)) next?.pass?.end()
        else if (next === null) emit({ type: 'agent.ended', offerId, outcome })
        else {
          emit({ type: 'agent.redirected', offerId, from: uri, to: next.uri, sipCallId: next.sipCallId })
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
    const ear = new AgentEar(this.#options, this, home.owner.offerId ?? '')
    home.ear = ear
    home.ring = ear
    home.owner.callId = this.#options.bridge.callId
    this.#agents.set(home.owner.offerId ?? '', agent)
  }

  /** No leg is there yet: it will not be rung. */
  cancelOpening(offerId: string): void {
    if (this.#opening.has(offerId)) this.#withdrawn.add(offerId)
  }

  /** Where a leg of this call belongs that is or will be an agent's. */
  homeOf(offerId: string): LegHome {
    const ear = new AgentEar(this.#options, this, offerId)
    return { ear, ring: ear, owner: { callId: this.#options.bridge.callId, offerId } }
  }

  /** The agent goes on with another phone, which is answered; the old one is hung up. */
  replace(before: OfferedAgent, now: Arrived, reason: string | null): OfferedAgent {
    const { arrival, home, media, origin, sdp } = now
    const { invite, nat } = arrival
    const { clock } = this.#options.bridge
    const { owner } = home
    const leg = new CustomerLeg(invite, { clock, pinned: nat, owner, handlers: new Hearing(home) })
    const agent = joinedAgent({ leg, home, media, origin, flow: invite.flow, nat, sdp: invite.offer ?? '' })
    leg.answer(sdp)
    before.home.ear = deaf
    before.media?.close()
    before.leg.hangup({ reason })
    this.#agents.set(owner.offerId ?? '', agent)
    return agent
  }

  async #open(home: LegHome, device: AgentDevice, redirection: Redirection | null): Promise<void> {
    const { media: call, isClosed } = this.#options
    const offerId = home.owner.offerId ?? ''
    const media = await call
      .open(device.flow, device.nat, event => home.ear.onMedia(event))
      .catch((error: unknown) => {
        device.pass?.end()
        throw error
      })
    if (isClosed() || this.#withdrawn.delete(offerId)) {
      media.close()
      device.pass?.end()
      return
    }
    const opened = { sdp: media.offer(call.formatsForAgent), media, origin: new DirectOrigin() }
    this.#ring(home, device, opened, redirection)
  }

  #ring(home: LegHome, device: AgentDevice, { sdp, media, origin }: Opened, redirection: Redirection | null): void {
    const offerId = home.owner.offerId ?? ''
    this.#opening.delete(offerId)
    const cut: Cut = { isMade: false }
    const leg = ringDevice(
      this.#options.bridge,
      device,
      { sdp, owner: home.owner, speaksFor: this.#options.customerEnd() },
      {
        ...(device.isOutside === undefined || device.pass !== undefined
          ? {}
          : { onEarlyMedia: (early: string, done: () => void) => home.ring?.onEarlyMedia(early, done) }),
        onRinging: () => home.ring?.onRinging(),
        onAnswered: answer => home.ring?.onAnswered(answer),
        onOffer: exchange => home.ear.onOffer(exchange),
        onAnswer: answer => home.ear.onAnswer(answer),
        onDigit: digit => home.ear.onDigit(digit),
        onRefer: exchange => home.ear.onRefer(exchange),
        onEnded: outcome => home.ear.onEnded(outcome),
        ...(redirection === null ? {} : this.#redirectedHandlers(home, device, cut)),
      },
      chosen => home.ring?.onChosen(chosen),
    )
    const zipTone = device.zipTone === true
    this.#agents.set(offerId, {
      leg,
      home,
      uri: device.uri,
      sipCallIds: [device, ...(device.others ?? [])].map(({ sipCallId }) => sipCallId),
      flow: device.flow,
      nat: device.nat,
      media,
      origin,
      zipTone,
      redirection,
      sdp: '',
      earlySdp: null,
      joined: false,
    })
    const cutIt = () => {
      cut.isMade = true
      leg.hangup({ reason: reasonToTell('outboundLimited') })
    }
    device.pass?.onSpent(() => this.#options.guard(cutIt))
  }

  /** What is different on a leg that may be sent on, or was. */
  #redirectedHandlers(
    home: LegHome,
    { pass }: AgentDevice,
    cut: Cut,
  ): Pick<AgentLegHandlers, 'onAnswered' | 'onRefer' | 'onEnded'> {
    let isAnswered = false
    return {
      onAnswered: answer => {
        isAnswered = true
        pass?.answered()
        home.ring?.onAnswered(answer)
      },
      // The agent may, on his own phones; a trunk may not.
      onRefer: exchange => (pass === undefined ? home.ear.onRefer(exchange) : exchange.refuse(403)),
      onEnded: outcome => {
        pass?.end()
        // Nor may a trunk send on what an agent's phone has sent there.
        const said = pass !== undefined && outcome.kind === 'refused' ? { ...outcome, targets: [] } : outcome
        const heard = cut.isMade ? (isAnswered ? cutOff : notLetOut) : said
        if (isAnswered || home.ring?.onRefused(heard) !== true) home.ear.onEnded(heard)
      },
    }
  }

  /** Of several phones that rang with one description this one was answered. */
  chosen(offerId: string, { flow, nat, zipTone }: AgentDevice): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    agent.media?.heardFrom(flow.remote.host, nat)
    agent.zipTone = zipTone === true
    agent.flow = flow
    agent.nat = nat
  }

  answered(offerId: string, answer: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    agent.sdp = answer
    this.#options.emit({ type: 'agent.answered', offerId })
  }
}

/** Hears of an agent's leg. */
class AgentEar implements LegEar, RingEar {
  readonly #told: OfferedAgentsOptions
  readonly #agents: OfferedAgents
  readonly #offerId: string

  constructor(told: OfferedAgentsOptions, agents: OfferedAgents, offerId: string) {
    this.#told = told
    this.#agents = agents
    this.#offerId = offerId
  }

  onRinging(): void {
    this.#told.onRinging(this.#offerId)
  }

  onEarlyMedia(sdp: string, done: () => void): void {
    this.#told.onEarlyMedia(this.#offerId, sdp, done)
  }

  onAnswered(sdp: string): void {
    this.#agents.answered(this.#offerId, sdp)
  }

  onChosen(device: AgentDevice): void {
    this.#agents.chosen(this.#offerId, device)
  }

  onRefused(outcome: LegOutcome): boolean {
    return this.#agents.sentOn(this.#offerId, outcome)
  }

  onOffer(exchange: OfferExchange): void {
    this.#told.onOffer(this.#offerId, exchange)
  }

  onAnswer(sdp: string | null): void {
    this.#told.onAnswer(this.#offerId, sdp)
  }

  onDigit(digit: Digit): void {
    this.#told.onDigit(this.#offerId, digit)
  }

  onRefer(exchange: ReferExchange): void {
    this.#told.onRefer(this.#offerId, exchange)
  }

  onEnded(outcome: LegOutcome): void {
    this.#told.onEnded(this.#offerId, outcome)
  }

  onMedia(event: MediaEvent): void {
    this.#told.onMedia(this.#offerId, event)
  }
}

/** A phone whose INVITE has come in, and what it is answered with. */
export interface Arrived {
  readonly arrival: PhoneArrival
  readonly home: LegHome
  readonly sdp: string
  /** Null: its audio runs past us. */
  readonly media: LegMedia | null
  readonly origin: DirectOrigin
}

/** An agent who was not rung by us, but has called, with another of his phones or the call that he now hands on: he talks, or may at once. */
export function joinedAgent(
  known: Pick<OfferedAgent, 'home' | 'media' | 'origin' | 'flow' | 'nat' | 'sdp'> & {
    readonly leg: Pick<CustomerLeg, keyof CustomerLeg>
  },
): OfferedAgent {
  const { uri, sipCallId } = known.leg
  const untouched = { zipTone: false, redirection: null, earlySdp: null, joined: true }
  return { ...known, uri, sipCallIds: [sipCallId], ...untouched }
}

/** Whether we have ended a leg because no minutes are left for it. */
interface Cut {
  isMade: boolean
}

interface Opened {
  readonly sdp: string
  readonly media: LegMedia | null
  readonly origin: DirectOrigin
}
