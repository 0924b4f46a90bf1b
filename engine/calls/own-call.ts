/**
 * A call that an agent has made himself to an outside party, turned round: he is its agent from now on, and the party its
 * customer. So he can hand it on as he can any other, and has it back if nobody takes it.
 */
import type { CallCore } from './call-core.ts'
import type { CallWay } from './call-way.ts'
import type { Segment } from './segment.ts'
import type { Talk } from './talk.ts'

export interface OwnCallOptions {
  readonly core: CallCore
  readonly talk: Talk
  readonly way: CallWay
}

/** The agent who has made the call and talks to an outside party in it; null if it is not so. */
export function ownerOf({ core, talk, way }: OwnCallOptions): string | null {
  return way.outside?.connected === true && talk.segment === null ? core.facts.fromAgentId : null
}

/** @returns the agent's part in it from now on; null if it can't be: he has other work, or after-call work, at hand */
export function turnRound(options: OwnCallOptions): Segment | null {
  const { core, talk, way } = options
  const agentId = ownerOf(options)
  const { outside } = way
  if (agentId === null || outside === null) return null
  const { services, bridge, facts, send } = core
  const offerId = services.ids.ulid()
  const segment = talk.takeOn(agentId, offerId)
  if (segment === null) return null
  if (!bridge.turnRound(offerId)) {
    talk.drop()()
    return null
  }
  // Whom the next one talks to is the party, who was shown the number that we called him from.
  const { number, trunkId, callerId } = outside.goal
  const { callId, sipCallId } = facts
  core.facts = {
    callId,
    ani: services.aniOf(number),
    dnis: callerId ?? agentId,
    trunkId,
    fromAgentId: null,
    sipCallId,
    uui: null,
  }
  talk.addTalk(way.turnRound())
  send({ type: 'transfer' })
  send({ type: 'rejoin', offerId })
  send({ type: 'bridged' })
  segment.connect()
  talk.tellConnected(segment, 0)
  services.ownCallOver(callId)
  return segment
}
