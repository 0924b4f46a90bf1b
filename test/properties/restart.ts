/** Plays a plot whose engine is killed on the way and comes back, and says everything that is wrong then. */
import type { AgentDay } from '../../engine/agents/agent-day.ts'
import type { AnyEvent } from '../../engine/events.ts'
import { Play } from './play.ts'
import { eventfulMs, type Plot } from './plot.ts'
import { compareAgents, compareQueues, compareRecords } from './sound.ts'

/** Empty: a world whose engine is killed at `killAtMs`, and comes back, is sound. */
export async function faultsOfRestart(plot: Plot, killAtMs: number): Promise<readonly string[]> {
  const play = await Play.begin(plot)
  const { world, audit } = play
  await play.run(killAtMs)
  const alive = [...audit.calls.values()].filter(({ endedAt }) => endedAt === null)
  play.forgetPhones()
  await world.restart()
  await play.run(eventfulMs - killAtMs)
  await play.rest()
  audit.finish()
  for (const { callId, cause } of alive)
    if (cause !== 'restart') audit.fault(`call ${callId} was alive when the process died, and ended by ${cause}`)
  compareAgents(play)
  compareQueues(play)
  await compareRecords(play)
  await compareJournal(play)
  await world.stop()
  play.look()
  await compareOpen(play)
  return audit.faults
}

/** The store has exactly what was published, in one line across both processes that is broken only where it says so. */
async function compareJournal({ world, audit }: Play): Promise<void> {
  const published = world.events.filter(({ cursor }) => cursor !== undefined)
  const stored: AnyEvent[] = []
  for (;;) {
    const page = await world.store.readEvents({ after: Number(stored.at(-1)?.cursor ?? 0), limit: 1_000 })
    if (page.length === 0) break
    stored.push(...page)
  }
  const same = stored.length === published.length && stored.every(({ id }, index) => id === published[index]?.id)
  if (!same) audit.fault(`${published.length} events were published, ${stored.length} are in the store`)
}

/**
 * After a stop in good order nothing is left for the next process to close, and nobody is signed in. What agents said of queues is kept,
 * and what was counted.
 */
async function compareOpen({ world, audit }: Play): Promise<void> {
  const said = new Map<string, boolean>()
  for (const { type, data } of world.events)
    if (type === 'agent.queue_membership_changed') said.set(`${data.agentId} ${data.queueId}`, data.signedIn)
  const { checkpoints } = await world.store.open()
  for (const { kind, id, state } of checkpoints) {
    if (kind === 'membership') {
      for (const [queueId, isJoined] of Object.entries((state as { readonly queues: object }).queues))
        if (said.get(`${id} ${queueId}`) !== isJoined) audit.fault(`${id} and ${queueId} are kept as ${isJoined}`)
      continue
    }
    if (kind === 'handleTimes') continue
    if (kind === 'agentDay') {
      const { load, handled } = state as AgentDay
      if (load.signedInSince !== null) audit.fault(`${id} is kept as signed in`)
      const shown = world.engine.agents.list().find(agent => agent.id === id)
      if (shown?.today.handled !== handled) audit.fault(`${id} is kept with ${handled} calls`)
      continue
    }
    // What the journal keeps is where it was interrupted.
    const isKept = kind === 'journal' && JSON.stringify(state).includes('"reservedTo":null')
    if (!isKept) audit.fault(`${kind} ${id} was not closed`)
  }
  for (const [agentId, { session, label }] of audit.agents)
    if (session !== 'offline' || label !== 'offline') audit.fault(`${agentId} was last told to be ${session}, ${label}`)
}
