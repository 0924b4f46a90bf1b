/** How one call passes between people: handed on by its agent, talked about in another call, or the call that talks about one. */
import type { Actor, TransferTarget } from '../api.ts'
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { PhoneArrival } from '../b2bua/bridge-options.ts'
import { EngineError } from '../errors.ts'
import { Consultation, ConsultCall, type ConsultCallOptions, type Consulted } from './consultation.ts'
import { Transfers } from './transfers.ts'

export class Passing {
  readonly transfers: Transfers
  readonly #options: ConsultCallOptions
  readonly #consultation: Consultation
  readonly #consultCall: ConsultCall
  /** The call that an agent consults somebody about in this one. */
  #about: Passing | null = null

  constructor(options: ConsultCallOptions) {
    this.#options = options
    this.#consultation = new Consultation(options.core, options.talk)
    this.#consultCall = new ConsultCall(options)
    const { core, talk, way } = options
    this.transfers = new Transfers({ core, talk, way, consultation: this.#consultation })
  }

  /** @throws EngineError as {@link Transfers.command} */
  transfer(target: TransferTarget, actor: Actor): void {
    const { core, endings } = this.#options
    if (endings.ended) throw new EngineError('call.conflict', `Call ${core.callId} has ended`)
    this.transfers.command(target, actor)
  }

  /** An agent has made this call: perhaps to talk about the one that he has. */
  beginConsultation(agentId: string): void {
    const { core } = this.#options
    const { roster } = core.services
    const aboutId = roster.has(agentId) ? roster.view(agentId).callId : null
    const about = aboutId === null ? null : core.services.call(aboutId)
    if (about === null || about.passing === this || !about.passing.#isConsultedBy(this, agentId)) return
    this.#about = about.passing
    core.passed = 'consult'
    const { attributes } = about.record
    // Whoever is asked sees what is known of the caller.
    if (Object.keys(attributes).length > 0) core.setAttributes(attributes, 'consult')
  }

  /** Whether a leg is an agent's. `offerId` null: the caller's leg. */
  hasAgent(agentId: string, offerId: string | null): boolean {
    const { core, talk, offers } = this.#options
    if (offerId === null) return core.facts.fromAgentId === agentId
    if (offers.get(offerId)?.agentId === agentId) return true
    return talk.segment?.offerId === offerId && talk.segment.agentId === agentId
  }

  /** An agent goes on with the phone whose INVITE this is; `offerId` as in {@link hasAgent}. */
  goOnAt(offerId: string | null, arrival: PhoneArrival): void {
    const { core } = this.#options
    core.guard(() => core.bridge.move(offerId, arrival))
  }

  /** He does: the same talk, with the same offer and segment. */
  moved({ by, offerId, from, to, sipCallId }: Extract<BridgeEvent, { type: 'moved' }>): void {
    const { core, talk, offers } = this.#options
    const own = by === 'customer'
    const agentId = own ? core.facts.fromAgentId : (offers.get(offerId)?.agentId ?? talk.segment?.agentId)
    if (agentId === null || agentId === undefined) return
    core.emit('call.moved', { callId: core.callId, agentId, offerId: own ? null : offerId, from, to, sipCallId })
  }

  /** Whom the agent has called with this call; null if there is nobody. */
  consulted(agentId: string): Consulted | null {
    return this.#options.endings.ended ? null : this.#consultCall.consulted(agentId)
  }

  /** Ends the call if nobody is left but the agent, because another call took over whom he had called. @returns whether it was so */
  finishConsult(): boolean {
    return this.#consultCall.finish()
  }

  /** The end of the call is about to be told. */
  ending(): void {
    this.#consultation.end('caller')
  }

  /** The call is over. */
  close(): void {
    this.transfers.close()
    const about = this.#about
    this.#about = null
    if (about !== null) about.#consultationEnded(this.#options.core.callId)
  }

  #isConsultedBy(other: Passing, agentId: string): boolean {
    const { callId, facts } = other.#options.core
    return this.#consultation.start(callId, agentId, facts.dnis)
  }

  #consultationEnded(consultCallId: string): void {
    this.#options.core.guard(() => this.#consultation.end('ended', consultCallId))
  }
}
