/** The present state of what someone has subscribed to. */
import type { Engine } from '../../engine/api.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import type { Snapshot } from '../api/realtime.ts'
import { agentReply, queueReply } from '../views.ts'
import type { Interest } from './interest.ts'

export function takeSnapshot(engine: Engine, interest: Interest, clock: Clock): Snapshot {
  const { agents, calls, queues, screenpops } = engine
  return {
    serverTime: new Date(clock.now()).toISOString(),
    ...(interest.mentions('queues') && {
      queues: queues
        .list()
        .filter(({ id }) => interest.includes('queues', id))
        .map(queueReply),
    }),
    ...(interest.mentions('agents') && {
      agents: agents
        .list()
        .filter(({ id }) => interest.includes('agents', id))
        .map(agentReply),
    }),
    ...(interest.mentions('calls') && { calls: calls.live().filter(call => interest.includesCall(call)) }),
    ...(interest.mentions('screenpop') && {
      screenpops: screenpops.open().filter(({ agentId }) => interest.includes('screenpop', agentId)),
    }),
  }
}
