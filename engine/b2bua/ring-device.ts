/** Rings an agent's device, or an outside party, for a customer's call. */
import type { SessionEnd } from '../sip/index.ts'
import { AgentLeg, type AgentLegHandlers } from './agent-leg.ts'
import type { AgentDevice, LegOwner } from './bridge-alphabet.ts'
import type { BridgeOptions } from './bridge-options.ts'

export type RingingCall = Pick<BridgeOptions, 'userAgent' | 'clock' | 'customer'>

/** @param onChosen which phone of several was answered */
export function ringDevice(
  call: RingingCall,
  device: AgentDevice,
  owned: { sdp: string; owner: LegOwner; speaksFor: SessionEnd },
  handlers: AgentLegHandlers,
  onChosen: (device: AgentDevice) => void = () => {},
): AgentLeg {
  const { userAgent, clock, customer } = call
  const { route, others = [] } = device
  const received = customer.kind === 'caller' ? customer.invite.request.headers.integer('max-forwards') : null
  const hops = received ?? 70
  const branchTo = ({ uri, from, to, sipCallId, flow, pinned, headers }: AgentDevice) => ({
    uri,
    from,
    to,
    callId: sipCallId,
    flow,
    pinned,
    // RFC 3261 §16.6: decremented across us too, or two B2BUAs could hand a call back and forth forever.
    maxForwards: Math.max(0, hops - 1),
    headers,
    sdp: owned.sdp,
    speaksFor: owned.speaksFor,
  })
  return new AgentLeg({
    ...branchTo(device),
    ...owned,
    userAgent,
    clock,
    others: others.map(branchTo),
    onChosen: index => onChosen(others[index - 1] ?? device),
    ...(route === undefined ? {} : { route }),
    handlers,
  })
}
