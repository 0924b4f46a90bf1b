/** What an agent has done today, as one value: what strategies even out goes on after a restart where it was. */
import type { LoadSums } from './agent-load.ts'
import type { RosterAgent } from './roster-agent.ts'

/** Of one queue, or with `count: center` of all; durations in milliseconds. */
export interface QueueSums {
  readonly callsHandled: number
  readonly talkMs: number
  readonly workMs: number
}

export interface AgentDay {
  /** The tenant's calendar day. */
  readonly day: string
  readonly handled: number
  readonly missed: number
  readonly missedBy: RosterAgent['missedBy']
  readonly load: LoadSums
  readonly queues: readonly (QueueSums & { readonly queueId: string })[]
}

export function dayOf(agent: RosterAgent, day: string): AgentDay {
  const { handledToday, missedToday, missedBy, load, memberships } = agent
  const queues = [...memberships].map(([queueId, { callsHandled, talkMs, workMs }]) => ({
    queueId,
    callsHandled,
    talkMs,
    workMs,
  }))
  return { day, handled: handledToday, missed: missedToday, missedBy: { ...missedBy }, load: load.sums, queues }
}

/** Gives somebody who is new to this process the day that he had in the last one, but for his queues. */
export function resumeDay(agent: RosterAgent, { handled, missed, missedBy, load }: AgentDay): void {
  agent.handledToday = handled
  agent.missedToday = missed
  agent.missedBy = { ...missedBy }
  agent.load.resume(load)
}
