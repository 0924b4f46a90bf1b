/** A call's leg to an outside number: dialled, ringing, talking, over (FEATURES §4, `diverted(external)`). */
import type { AgentDevice, BridgeEvent, CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { OutsideOutcome } from '../events.ts'
import { outsideResponse, reasonToTell, tellableToAgent } from '../outcomes.ts'
import type { TimerHandle } from '../ports/clock.ts'
import type { CallCore } from './call-core.ts'
import type { OutsideGoal, OutsidePass } from './call-services.ts'
import { lostCause, refusalOfLeg } from './offer-policy.ts'

/** Timer C (RFC 3261 §16.6) is more than three minutes: a proxy on the way that keeps to it gives up before, and says so. */
const ringLimitMs = 200_000

/** The day's minutes are used up: of the reasons of an end. */
const limited = 'outboundLimited'

export interface OutsideLegOptions {
  readonly core: CallCore
  readonly goal: OutsideGoal
  readonly pass: OutsidePass
  /** Default: a new one. */
  readonly legId?: string
  /** The call is an agent's own. */
  readonly own: boolean
  /** Nobody answered: the leg has ended. `sipCode`: what the caller may be told. */
  onUnanswered(reason: string, sipCode: number): void
  /** The outside party is gone after it was connected; or, `lost`, is to be let go. */
  onLeft(cause: string, lost: boolean): void
}

/** `answered`: the party has picked up, and is not joined with anybody yet. */
export type OutsideStage = 'dialled' | 'ringing' | 'answered' | 'talking'
/** For another call one who has answered is one who talks. */
export type GivenStage = Exclude<OutsideStage, 'answered'>

/** What is about a leg, and no agent's own doing. */
export type LegEvent = Exclude<Extract<BridgeEvent, { offerId: string }>, { type: 'moved' | 'agent.redirected' }>

export function isLegEvent(event: BridgeEvent): event is LegEvent {
  return 'offerId' in event && event.type !== 'moved' && event.type !== 'agent.redirected'
}

export class OutsideLeg {
  readonly legId: string
  readonly #options: OutsideLegOptions
  #ringingAt: number | null = null
  #answeredAt: number | null = null
  #connectedAt: number | null = null
  #ended = false
  #endedTalkMs: number | null = null
  /** What the party has said as it left, or would not come (RFC 7433). */
  #said: string | null = null
  #timer: TimerHandle | null = null

  constructor(options: OutsideLegOptions) {
    this.#options = options
    this.legId = options.legId ?? options.core.services.ids.ulid()
  }

  /** The call is an agent's own. */
  get own(): boolean {
    return this.#options.own
  }

  get connected(): boolean {
    return this.#connectedAt !== null
  }

  get goal(): OutsideGoal {
    return this.#options.goal
  }

  get pass(): OutsidePass {
    return this.#options.pass
  }

  /** Null: it is over. */
  get stage(): OutsideStage | null {
    if (this.#ended) return null
    if (this.connected) return 'talking'
    if (this.#answeredAt !== null) return 'answered'
    return this.#ringingAt === null ? 'dialled' : 'ringing'
  }

  /** Goes on with a party who has answered another call, which gave him away; or whom it was calling. */
  adopt(leg: NonNullable<ReturnType<CallBridge['giveAgent']>>, stage: GivenStage): void {
    const { bridge } = this.#options.core
    this.#tellDialled(leg.leg.sipCallId)
    if (stage === 'talking') {
      this.#answer()
      bridge.takeAgent(this.legId, leg)
    } else {
      this.#armRingLimit()
      bridge.takeRinging(this.legId, leg)
      if (stage === 'ringing') this.receive({ type: 'agent.ringing', offerId: this.legId })
    }
    // Once the party is here: whoever is cut off has to be let go.
    this.#heedLimit()
  }

  /** Another call goes on with the party. */
  handOver(): void {
    if (!this.#ended) this.#finish(this.connected ? 'completed' : 'canceled', 'transferred', null, true)
  }

  /** Calls out. It may have failed before this returns. */
  dial(): void {
    const { core, goal } = this.#options
    const { facts, services } = core
    const sipCallId = services.ids.ulid()
    this.#tellDialled(sipCallId)
    this.#heedLimit()
    if (this.#ended) return
    this.#armRingLimit()
    const found = services.outsideDevice(goal, facts, sipCallId)
    if (!(found instanceof Promise)) this.#ring(found)
    else
      found.then(
        device => core.guard(() => this.#ring(device)),
        () => core.guard(() => this.#ring(null)),
      )
  }

  /** The leg ends when no minutes are left for it: at once if none are. */
  #heedLimit(): void {
    const { core, pass } = this.#options
    pass.onSpent(() => core.guard(() => this.#cutOff()))
  }

  #tellDialled(sipCallId: string): void {
    const { core, goal, own } = this.#options
    const callerId = goal.callerId ?? core.facts.ani.raw
    core.emit('call.outside_dialled', { ...this.#ref, callerId, sipCallId })
    core.send({ type: 'dial', own })
  }

  /** What the bridge says of this leg. */
  receive(event: LegEvent): void {
    if (this.#ended) return
    const { bridge, services } = this.#options.core
    switch (event.type) {
      case 'agent.ringing':
        this.#ringingAt ??= services.clock.now()
        if (!bridge.customerAnswering) bridge.ringCustomer()
        break
      case 'agent.answered':
        this.#answer()
        this.#disarm()
        bridge.connect(this.legId)
        break
      case 'connected':
        this.#connect()
        break
      case 'agent.ended':
        this.#onGone(event.outcome)
        break
      case 'agent.dtmf':
        break
    }
  }

  /** The call ends from elsewhere. `said`: by the party, as it left a call whose customer it is; null: nothing. */
  end(reason: string, said: string | null = null): void {
    if (this.#ended) return
    this.#said = said
    this.#finish(this.connected ? 'completed' : 'canceled', reason, null)
    this.#options.core.bridge.withdraw(this.legId, false, { reason: reasonToTell(reason) })
  }

  /** How long was talked so far. */
  get talkMs(): number {
    if (this.#endedTalkMs !== null) return this.#endedTalkMs
    return this.#connectedAt === null ? 0 : Math.max(0, this.#options.core.services.clock.now() - this.#connectedAt)
  }

  #ring(device: AgentDevice | null): void {
    if (this.#ended) return
    if (device === null) this.#fail('unreachable', null)
    else this.#options.core.bridge.offer(this.legId, device)
  }

  /** It costs from now on. */
  #answer(): void {
    this.#answeredAt = this.#options.core.services.clock.now()
    this.#options.pass.answered()
  }

  /** No minutes are left for it. */
  #cutOff(): void {
    if (this.#ended) return
    if (this.connected) this.#options.onLeft(limited, true)
    else this.#fail(limited, null)
  }

  #connect(): void {
    this.#connectedAt = this.#options.core.services.clock.now()
    const { core } = this.#options
    core.send({ type: 'bridged' })
    const { userToUser: uui } = core.bridge.deviceOf(this.legId)
    core.emit('call.outside_connected', { ...this.#ref, ringMs: this.#ringMs, ...(uui === null ? {} : { uui }) })
  }

  #onGone(outcome: LegOutcome): void {
    this.#said = this.#options.core.bridge.parting
    if (!this.connected) {
      const { reason, sipCode } = refusalOfLeg(outcome)
      this.#fail(reason, sipCode)
      return
    }
    const lost = outcome.kind === 'lost'
    const cause = outcome.kind === 'lost' ? lostCause('outside', outcome.cause) : 'outsideHangup'
    this.#finish('completed', cause, null)
    this.#options.onLeft(cause, lost)
  }

  #fail(reason: string, sipCode: number | null): void {
    if (this.#ended) return
    this.#finish('failed', reason, sipCode)
    this.#options.core.bridge.withdraw(this.legId, false, { reason: reasonToTell(reason) })
    const tells = this.#options.own && reason !== limited
    this.#options.onUnanswered(reason, tells ? tellableToAgent(sipCode) : outsideResponse(reason))
  }

  /** @param isGiven whoever has the party now has the pass, too */
  #finish(outcome: OutsideOutcome, reason: string, sipCode: number | null, isGiven = false): void {
    this.#ended = true
    this.#disarm()
    const { core, pass } = this.#options
    const { talkMs } = this
    this.#endedTalkMs = talkMs
    if (!isGiven) pass.end()
    const uui = this.#said
    const told = { ...this.#ref, outcome, reason, sipCode, ringMs: this.#ringMs, talkMs }
    core.emit('call.outside_ended', uui === null ? told : { ...told, uui })
  }

  #armRingLimit(): void {
    const { core } = this.#options
    const giveUp = () => core.guard(() => this.#fail('noAnswer', null))
    this.#timer = core.clock.setTimeout(giveUp, ringLimitMs)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#options.core.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  get #ringMs(): number {
    if (this.#ringingAt === null) return 0
    return Math.max(0, (this.#connectedAt ?? this.#options.core.services.clock.now()) - this.#ringingAt)
  }

  get #ref() {
    const { core, goal } = this.#options
    return { callId: core.callId, legId: this.legId, number: goal.number, trunkId: goal.trunkId }
  }
}
