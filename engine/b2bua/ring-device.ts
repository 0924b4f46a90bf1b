/** Rings an agent's device, or an outside party, for a customer's call. */
import { AgentLeg, type AgentLegHandlers } from './agent-leg.ts'
import type { BridgeOptions } from './bridge.ts'
import type { AgentDevice } from './bridge-alphabet.ts'

export type RingingCall = Pick<BridgeOptions, 'userAgent' | 'clock' | 'invite' | 'newCallId'>

export function ringDevice(call: RingingCall, device: AgentDevice, sdp: string, handlers: AgentLegHandlers): AgentLeg {
  const { userAgent, clock, invite } = call
  const { uri, from, to, flow, pinned, headers, route } = device
  const hops = invite.request.headers.integer('max-forwards') ?? 70
  return new AgentLeg({
    userAgent,
    clock,
    uri,
    from,
    to,
    callId: call.newCallId(),
    flow,
    pinned,
    // RFC 3261 §16.6: decremented across us too, or two B2BUAs could hand a call back and forth forever.
    maxForwards: Math.max(0, hops - 1),
    headers,
    sdp,
    ...(route === undefined ? {} : { route }),
    handlers,
  })
}
