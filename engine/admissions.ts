/** From an admitted INVITE to a call: who calls, and what he has dialled; or to the call in which an agent changes his phone. */
import type { LegOwner } from './b2bua/bridge-alphabet.ts'
import type { BridgeMaker } from './b2bua/bridge-maker.ts'
import type { PhoneArrival } from './b2bua/bridge-options.ts'
import { noHistory } from './b2bua/call-history.ts'
import { readIdentity } from './b2bua/caller-identity.ts'
import type { Admission } from './b2bua/gateway.ts'
import type { TakeoverHandlers } from './b2bua/phone-takeover.ts'
import type { CallDesk } from './calls/call-desk.ts'
import type { CallFacts } from './calls/call-services.ts'
import type { PhoneCodes } from './config-agents.ts'
import type { InboundRoutes } from './inbound-routes.ts'
import type { AgentPhones } from './phones/agent-phones.ts'
import type { Ids } from './ports/ids.ts'
import { createAni, createInternalAni } from './routing/caller.ts'
import { dialledWithoutPin, readPhoneCode } from './routing/phone-codes.ts'

export interface AdmissionsOptions {
  readonly routes: InboundRoutes
  readonly desk: CallDesk
  readonly bridges: BridgeMaker
  readonly ids: Ids
  readonly agentPhones: Pick<AgentPhones, 'agentAt'>
  phoneCodes(): PhoneCodes
  countryCode(): string | null
}

/** Makes calls of admitted INVITEs. */
export class Admissions implements TakeoverHandlers {
  readonly #options: AdmissionsOptions

  constructor(options: AdmissionsOptions) {
    this.#options = options
  }

  admit(admission: Admission): void {
    const { desk, bridges } = this.#options
    const { invite, nat } = admission
    const facts = this.#factsOf(admission)
    desk.admit(facts, bridges(facts.callId, { kind: 'caller', invite, nat }))
  }

  isOwnLeg(account: string, { callId, offerId }: LegOwner): boolean {
    const { desk, agentPhones } = this.#options
    const agentId = agentPhones.agentAt(account)
    return agentId !== null && desk.find(callId)?.passing.hasAgent(agentId, offerId) === true
  }

  onTakeover({ callId, offerId }: LegOwner, arrival: PhoneArrival): void {
    this.#options.desk.find(callId)?.passing.goOnAt(offerId, arrival)
  }

  #factsOf({ caller, invite, dialled }: Admission): CallFacts {
    const { ids, routes } = this.#options
    const { request } = invite
    const account = caller.kind === 'agent' ? caller.agentId : null
    const fromAgentId = account === null ? null : this.#options.agentPhones.agentAt(account)
    const code = account === null ? null : readPhoneCode(dialled, this.#options.phoneCodes())
    // RFC 3325 §5: who isn't trusted may assert nothing.
    const identity = readIdentity(request, caller.kind === 'trunk' && caller.trunk.trusted)
    const { userToUser, divertedFrom, divertedReason, history } = identity
    const countryCode = this.#options.countryCode()
    return {
      callId: ids.ulid(),
      ani:
        account === null
          ? createAni(identity.user, identity.displayName, identity.withheld, countryCode)
          : createInternalAni(fromAgentId ?? account, routes.nameOf(fromAgentId ?? account)),
      ...(identity.withheld && identity.asserted !== null
        ? { asserted: createAni(identity.asserted, '', false, countryCode) }
        : {}),
      // A PIN in what was dialled is a secret, and facts are told.
      dnis: code === null ? dialled : dialledWithoutPin(dialled, code),
      trunkId: caller.kind === 'trunk' ? caller.trunk.id : null,
      fromAgentId,
      ...(account === null ? {} : { fromPhone: account }),
      ...(code === null ? {} : { code }),
      sipCallId: request.headers.callId,
      uui: userToUser,
      ...(history === noHistory ? {} : { history }),
      ...(divertedFrom === null || fromAgentId !== null
        ? {}
        : { told: { divertedFrom, ...(divertedReason === null ? {} : { divertedReason }) } }),
    }
  }
}
