/** The agents of one call whose devices ring for it, or have answered: what is opened for them, rung, and taken back. */
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { reasonToTell } from '../outcomes.ts'
import type { AgentLegHandlers } from './agent-leg.ts'
import type { AgentDevice } from './bridge-alphabet.ts'
import type { BridgeCore } from './bridge-core.ts'
import type { PhoneArrival } from './bridge-options.ts'
import { type CallerLeg, CustomerLeg } from './customer-leg.ts'
import { LegHearer } from './leg-hearer.ts'
import { deaf, Hearing, type LegHome, type RingEar } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import { cutOff, type LegOutcome, noOffer, notLetOut } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'
import { Redirection } from './redirection.ts'
import { ringDevice } from './ring-device.ts'

/** An offer whose media is being opened. */
interface Opening {
  readonly offerId: string
  withdrawn: boolean
}

export class OfferedAgents {
  readonly #core: BridgeCore
  /** By their offers, in the order of ringing. Null: nobody is rung, as in most calls that wait. */
  #agents: Map<string, OfferedAgent> | null = null
  #opening: readonly Opening[] = []

  constructor(core: BridgeCore) {
    this.#core = core
  }

  get ids(): readonly string[] {
    return this.#agents === null ? [] : [...this.#agents.keys()]
  }

  get(offerId: string): OfferedAgent | undefined {
    return this.#agents?.get(offerId)
  }

  /** What the one has said to the caller (RFC 7433) who was rung last of those who have said anything; null: nobody has. */
  get userToUser(): string | null {
    let last: string | null = null
    for (const { leg } of this.#agents?.values() ?? []) last = leg.userToUser ?? last
    return last
  }

  /** Rings a device. `agent.ended` follows if it can't be rung. */
  offer(offerId: string, device: AgentDevice): void {
    const home = this.homeOf(offerId)
    this.#begin(home, device, device.redirect === undefined ? null : new Redirection(device, device.redirect))
  }

  #begin(home: LegHome, device: AgentDevice, redirection: Redirection | null): void {
    const offerId = home.owner.offerId ?? ''
    const { options, customer } = this.#core
    // What a device gets as it is, because audio will run past us: at once, or when a tone of ours has been heard.
    const isPast = options.mode === 'direct' && !customer.answering && !(hearsTone(device) && customer.media.canPlay)
    const direct = isPast ? customer.leg.offer : null
    if (direct !== null) {
      const origin = new DirectOrigin()
      this.#ring(home, device, { sdp: origin.pass(direct), media: null, origin }, redirection)
      return
    }
    this.#getReady(offerId)
    this.#core.run(
      () => this.#open(home, device, redirection),
      () => {
        this.#isReady(offerId)
        this.#core.emit({ type: 'agent.ended', offerId, outcome: noOffer })
      },
    )
  }

  /** A phone has not taken the call. @returns whether another one is rung instead, or may be */
  sentOn(offerId: string, outcome: LegOutcome): boolean {
    const agent = this.get(offerId)
    if (agent === undefined || agent.redirection === null || outcome.kind !== 'refused') return false
    const { redirection, home, uri } = agent
    redirection.add(outcome.targets ?? [])
    if (redirection.isOver) return false
    this.take(offerId)
    this.#core.ringsNoMore()
    agent.media?.close()
    this.#getReady(offerId)
    this.#core.run(
      async () => {
        const next = await redirection.next()
        if (!this.#isReady(offerId)) next?.pass?.end()
        else if (next === null) this.#core.emit({ type: 'agent.ended', offerId, outcome })
        else {
          this.#core.emit({ type: 'agent.redirected', offerId, from: uri, to: next.uri, sipCallId: next.sipCallId })
          this.#begin(home, next, redirection)
        }
      },
      () => {
        this.#isReady(offerId)
        this.#core.emit({ type: 'agent.ended', offerId, outcome })
      },
    )
    return true
  }

  /** The leg is nobody's business any more; the caller ends it. */
  take(offerId: string): OfferedAgent | undefined {
    const agent = this.get(offerId)
    this.#agents?.delete(offerId)
    return agent
  }

  /** A leg that another call gave away: what happens on it is this call's business from now on. */
  adopt(agent: OfferedAgent): void {
    const { home } = agent
    const offerId = home.owner.offerId ?? ''
    home.ear = new LegHearer(this.#core, offerId)
    home.ring = new RingHearer(this.#core, offerId)
    home.owner.callId = this.#core.options.callId
    this.#add(agent)
  }

  #add(agent: OfferedAgent): void {
    this.#agents ??= new Map()
    this.#agents.set(agent.home.owner.offerId ?? '', agent)
  }

  /** No leg is there yet: it will not be rung. */
  cancelOpening(offerId: string): void {
    const opening = this.#opening.find(it => it.offerId === offerId)
    if (opening !== undefined) opening.withdrawn = true
  }

  /** Where a leg of this call belongs that is or will be an agent's. */
  homeOf(offerId: string): LegHome {
    const { callId } = this.#core.options
    const ear = new LegHearer(this.#core, offerId)
    return { ear, ring: new RingHearer(this.#core, offerId), owner: { callId, offerId } }
  }

  /** The agent goes on with another phone, which is answered; the old one is hung up. */
  replace(before: OfferedAgent, now: Arrived, reason: string | null): OfferedAgent {
    const { arrival, home, media, origin, sdp } = now
    const { invite, nat } = arrival
    const { clock } = this.#core.options
    const { owner } = home
    const leg = new CustomerLeg(invite, { clock, pinned: nat, owner, handlers: new Hearing(home) })
    const agent = joinedAgent({ leg, home, media, origin, flow: invite.flow, nat, sdp: invite.offer ?? '' })
    leg.answer(sdp)
    before.home.ear = deaf
    before.media?.close()
    before.leg.hangup({ reason })
    this.#add(agent)
    return agent
  }

  async #open(home: LegHome, device: AgentDevice, redirection: Redirection | null): Promise<void> {
    const { media: call } = this.#core.customer
    const offerId = home.owner.offerId ?? ''
    const media = await call
      .open(device.flow, device.nat, event => home.ear.onMedia(event))
      .catch((error: unknown) => {
        device.pass?.end()
        throw error
      })
    if (!this.#isReady(offerId)) {
      media.close()
      device.pass?.end()
      return
    }
    const opened = { sdp: media.offer(call.formatsForAgent), media, origin: new DirectOrigin() }
    this.#ring(home, device, opened, redirection)
  }

  #ring(home: LegHome, device: AgentDevice, { sdp, media, origin }: Opened, redirection: Redirection | null): void {
    const { options, customer } = this.#core
    const cut: Cut = { isMade: false }
    const leg = ringDevice(
      options,
      device,
      { sdp, owner: home.owner, speaksFor: customer.end },
      {
        ...(device.isOutside === undefined || device.pass !== undefined
          ? {}
          : { onEarlyMedia: (early: string, done: () => void) => home.ring?.onEarlyMedia(early, done) }),
        onRinging: () => home.ring?.onRinging(),
        onAnswered: answer => home.ring?.onAnswered(answer),
        onOffer: exchange => home.ear.onOffer(exchange),
        onAnswer: answer => home.ear.onAnswer(answer),
        onRefreshed: answer => home.ear.onRefreshed(answer),
        onDigit: digit => home.ear.onDigit(digit),
        onRefer: exchange => home.ear.onRefer(exchange),
        onEnded: outcome => home.ear.onEnded(outcome),
        ...(redirection === null ? {} : this.#redirectedHandlers(home, device, cut)),
      },
      chosen => home.ring?.onChosen(chosen),
    )
    const zipTone = device.zipTone === true
    const { uri, flow, nat } = device
    const sipCallIds = [device, ...(device.others ?? [])].map(({ sipCallId }) => sipCallId)
    const known = { leg, home, uri, sipCallIds, flow, nat, media, origin, zipTone, redirection }
    this.#add({ ...known, sdp: '', earlySdp: null, moved: null, joined: false })
    const cutIt = () => {
      cut.isMade = true
      leg.hangup({ reason: reasonToTell('outboundLimited') })
    }
    device.pass?.onSpent(() => this.#core.guard(cutIt))
  }

  /** Before it can be rung: {@link cancelOpening} is heard meanwhile. */
  #getReady(offerId: string): void {
    this.#opening = [...this.#opening, { offerId, withdrawn: false }]
  }

  /** @returns whether it is to be rung still */
  #isReady(offerId: string): boolean {
    const opening = this.#opening.find(it => it.offerId === offerId)
    this.#opening = this.#opening.filter(it => it !== opening)
    return !this.#core.closed && opening?.withdrawn !== true
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
    const agent = this.get(offerId)
    if (agent === undefined) return
    agent.media?.heardFrom(flow.remote.host, nat)
    agent.zipTone = zipTone === true
    agent.flow = flow
    agent.nat = nat
  }

  answered(offerId: string, answer: string): void {
    const agent = this.get(offerId)
    if (agent === undefined) return
    agent.sdp = answer
    this.#core.emit({ type: 'agent.answered', offerId })
  }
}

/** Hears of a leg that rings. */
class RingHearer implements RingEar {
  readonly #core: BridgeCore
  readonly #offerId: string

  constructor(core: BridgeCore, offerId: string) {
    this.#core = core
    this.#offerId = offerId
  }

  onRinging(): void {
    this.#core.ringing(this.#offerId)
  }

  onEarlyMedia(sdp: string, done: () => void): void {
    this.#core.pairing.passEarlyMedia(this.#offerId, sdp, done)
  }

  onAnswered(sdp: string): void {
    this.#core.agents.answered(this.#offerId, sdp)
  }

  onChosen(device: AgentDevice): void {
    this.#core.agents.chosen(this.#offerId, device)
  }

  onRefused(outcome: LegOutcome): boolean {
    return this.#core.agents.sentOn(this.#offerId, outcome)
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
    readonly leg: CallerLeg
  },
): OfferedAgent {
  const { uri, sipCallId } = known.leg
  const untouched = { zipTone: false, redirection: null, earlySdp: null, moved: null, joined: true }
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

function hearsTone({ zipTone, others = [] }: AgentDevice): boolean {
  return zipTone === true || others.some(other => other.zipTone === true)
}
