/**
 * The bridge of one call: its customer leg, the agent legs that ring for it, and the pair that talks. It speaks one
 * signalling-neutral alphabet upwards: commands in, events out; no SIP message leaves it.
 */
import type { RecordingRequest, RecordingResult } from '../ports/media.ts'
import { noFarewell } from '../sip/index.ts'
import type { AgentDevice, DeviceView } from './bridge-alphabet.ts'
import { BridgeCore } from './bridge-core.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import { farewellOf, userToUserOf } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'

export class Bridge {
  readonly #core: BridgeCore

  constructor(options: BridgeOptions) {
    this.#core = new BridgeCore(options)
  }

  /** False when none of the customer's formats is one that we can play (DESIGN §6): such a call is treated as `with-agent`. */
  get canPlay(): boolean {
    return this.#core.customer.media.canPlay
  }

  /** True once the customer was answered, or is about to be. */
  get customerAnswering(): boolean {
    return this.#core.customer.answering
  }

  get customerAnswered(): boolean {
    return this.#core.customer.leg.answered
  }

  ringCustomer(): void {
    this.#core.customer.ring()
  }

  /** Answers the customer, unless that is done, and plays music to him from now on; null: silence, for prompts. */
  answerCustomer(music: string | null): void {
    this.#core.customer.answer(music)
  }

  /** Says prompts to a customer who talks to nobody; `prompts.ended` follows unless something else is played before. */
  playPrompts(names: readonly string[], playId: string): void {
    this.#core.customer.playPrompts(names, playId)
  }

  /** Cuts prompts off. */
  stopPrompts(): void {
    this.#core.customer.stopPrompts()
  }

  /** Writes down what a customer says who talks to nobody. It ends with the customer's leg at the latest. Never rejects. */
  record(request: RecordingRequest): Promise<RecordingResult> {
    return this.#core.customer.record(request)
  }

  stopRecording(): void {
    this.#core.customer.stopRecording()
  }

  /** The device that an offer rings, or that was answered. */
  deviceOf(offerId: string): DeviceView {
    const { uri = '', leg } = this.#core.agents.get(offerId) ?? {}
    return { uri, sipCallId: leg?.sipCallId ?? '', userToUser: leg?.userToUser ?? null }
  }

  /** What the one has said to the other side who has just left, or would not come (RFC 7433): while that is told. */
  get parting(): string | null {
    const { leaving } = this.#core
    return leaving === null ? null : userToUserOf(leaving)
  }

  /**
   * Ends the customer's leg: `status` if it isn't answered, else a BYE. He hears what was said by the one who has set it off.
   * `reason`: a Reason header value, for every leg.
   */
  releaseCustomer(status: number, reason: string | null = null): void {
    const { leaving, customer } = this.#core
    const said = leaving === null ? noFarewell : farewellOf(leaving)
    if (reason !== null) this.#core.farewell = { reason }
    customer.leg.reject(status, reason === null ? said : { ...said, reason })
  }

  /** Rings a device for an offer. `agent.ended` follows if it can't be rung. */
  offer(offerId: string, device: AgentDevice): void {
    this.#core.agents.offer(offerId, device)
  }

  /** Takes an offer back: CANCEL, or BYE if the device has answered meanwhile. No event follows. */
  withdraw(offerId: string, elsewhere: boolean, farewell = noFarewell): void {
    this.#core.withdraw(offerId, elsewhere, farewell)
  }

  /** Joins the customer with the agent who answered. `connected` follows, or `agent.ended` if their media can't meet. */
  connect(offerId: string): void {
    this.#core.pairing.connect(offerId)
  }

  /** The agent who is connected is so no more, but stays on the line; the customer hears music. {@link connect} undoes it. */
  partAgent(): void {
    this.#core.part()
    if (!this.#core.closed) this.#core.customer.takeBack()
  }

  /** Gives an agent who talks, or whose device rings, away to another call's bridge; null if none does, as while it is got ready. */
  giveAgent(offerId: string): OfferedAgent | null {
    const agent = this.#core.agents.get(offerId) ?? null
    this.#core.left(offerId)
    return agent
  }

  /** Has a device that another bridge gave away ring on here, for this offer. What has happened on it so far is not told again. */
  takeRinging(offerId: string, agent: OfferedAgent): void {
    const { agents, pairing } = this.#core
    agent.home.owner.offerId = offerId
    agents.adopt(agent)
    if (agent.earlySdp !== null) pairing.passEarlyMedia(offerId, agent.earlySdp, () => {})
  }

  /** Takes an agent that another bridge gave away, and joins the customer with him as {@link connect} does. */
  takeAgent(offerId: string, agent: OfferedAgent): void {
    this.#core.agents.adopt(agent)
    this.connect(offerId)
  }

  /**
   * An agent goes on with the phone whose INVITE this is: `moved` follows, or it is refused.
   * @param offerId null: he has called himself, and is on the customer's side
   */
  move(offerId: string | null, arrival: PhoneArrival): void {
    this.#core.move(offerId, arrival)
  }

  /**
   * The agent who has made the call is connected as `offerId` from now on, and whom he talks to is the customer. No event follows.
   * @returns false if they do not talk
   */
  turnRound(offerId: string): boolean {
    const { agents, pairing, talking, connected } = this.#core
    const party = talking === null ? null : agents.take(connected ?? '')
    if (party === null || party === undefined) return false
    this.#core.stopMoves()
    agents.adopt(pairing.turnRound(party, offerId))
    this.#core.connected = offerId
    return true
  }

  /** Hangs up the agent who is connected; `agent.ended` follows. */
  releaseAgent(): void {
    this.#core.releaseAgent()
  }
}
