/**
 * A call that an agent has made himself, to an outside party or to a colleague, turned round: he is its agent from now on, and
 * the other one its customer. So he can hand it on as he can any other, and has it back if nobody takes it.
 */
import type { CallCore } from './call-core.ts'
import type { CallFacts } from './call-services.ts'
import type { CallWay } from './call-way.ts'
import type { OutsideLeg } from './outside-leg.ts'
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

/** @returns the agent's part in it from now on; null if it can't be: he talks to nobody, or has other work, or after-call work, at hand */
export function turnRound(options: OwnCallOptions): Segment | null {
  const { core, talk, way } = options
  const { services, bridge, facts, callId } = core
  const agentId = facts.fromAgentId
  const colleague = talk.connected ? talk.segment : null
  const other = colleague ?? (way.outside?.stage === 'talking' ? way.outside : null)
  if (agentId === null || other === null || !talk.isFree(agentId)) return null
  const offerId = services.ids.ulid()
  if (!bridge.turnRound(offerId)) return null
  core.facts = factsOf(core, agentId, other)
  const release = talk.finish()
  talk.addTalk(way.turnRound())
  const segment = talk.takeOn(agentId, offerId)
  core.send({ type: 'transfer' })
  core.send({ type: 'rejoin', offerId })
  core.send({ type: 'bridged' })
  segment.connect()
  talk.tellConnected(segment, 0)
  // The colleague is as one who has made the call himself: not to be rung meanwhile. So it is his before he is let go.
  services.ownCallOf(callId, colleague?.agentId ?? null)
  release()
  return segment
}

/** Whom the next one talks to: a colleague, or a party who was shown the number that we called him from. */
function factsOf({ facts, services }: CallCore, agentId: string, other: Segment | OutsideLeg): CallFacts {
  const { callId, sipCallId } = facts
  const known = { callId, sipCallId, uui: null }
  if (!('goal' in other)) {
    const ani = services.aniOfAgent(other.agentId)
    return { ...known, ani, dnis: agentId, trunkId: null, fromAgentId: other.agentId }
  }
  const { number, trunkId, callerId } = other.goal
  const there = callerId === null ? ({ dnis: agentId, reachedAgent: true } as const) : { dnis: callerId }
  return { ...known, ...there, ani: services.aniOf(number), trunkId, fromAgentId: null }
}
