/** Whether a recorded day can be replayed in the center of a scenario. */
import type { CenterConfig } from '../config.ts'
import type { Problem } from '../errors.ts'
import { type History, partsOf } from './history.ts'
import type { Scenario } from './scenario.ts'

/** So many ids are named. */
const mostNamed = 5

export function replayProblems(
  { arrivals, staff, warmUpMin }: Scenario,
  center: CenterConfig,
  history: History,
): Problem[] {
  const problems: Problem[] = []
  const problem = (path: string, value: unknown, allowed: string) => problems.push({ path, value, allowed })
  if (arrivals.length > 0)
    problem('arrivals', arrivals.length, 'none with --replay: the calls are those of the journal')
  if (warmUpMin > 0) problem('warmUpMin', warmUpMin, '0 with --replay')
  const { calls, presence } = history
  if (calls.length === 0) problem('--replay', 'no call', 'a journal in which calls entered a queue (call.queued)')
  else if (!calls.some(({ ending }) => ending === 'answered'))
    problem('--replay', 'no answered call', 'a journal that tells how long calls are handled: some call.connected')
  const queues = new Set(center.queues.map(({ id }) => id))
  const missing = new Set(
    partsOf(calls)
      .map(({ queueId }) => queueId)
      .filter(id => !queues.has(id)),
  )
  if (missing.size > 0)
    problem('center.queues', [...missing].slice(0, mostNamed), 'also the queues that the calls of the journal entered')
  if (staff.length > 0) return problems
  const agents = new Set(center.agents.map(({ id }) => id))
  const unknown = [...presence.keys()].filter(id => !agents.has(id))
  const asked = 'or `staff` in their place'
  if (presence.size === 0) problem('staff', [], 'some: the journal does not tell who was there (agent.state_changed)')
  else if (unknown.length > 0)
    problem('center.agents', unknown.slice(0, mostNamed), `also the agents of the journal, ${asked}`)
  return problems
}
