/** The moment from which a call's agent and its customer talk: what is told then, and what is over. */
import type { CallCore } from './call-core.ts'
import type { CallWay } from './call-way.ts'
import type { Talk } from './talk.ts'

export interface TalkBegunOptions {
  readonly core: CallCore
  readonly talk: Talk
  readonly way: CallWay
}

/** @returns the agent; null: none has accepted */
export function beginTalk({ core, talk, way }: TalkBegunOptions): string | null {
  const { segment } = talk
  if (segment === null) return null
  core.send({ type: 'bridged' })
  segment.connect()
  const { visit } = way
  const waitMs = visit === null ? 0 : way.end(visit, 'answered')
  way.leave()
  talk.tellConnected(segment, waitMs)
  return segment.agentId
}
