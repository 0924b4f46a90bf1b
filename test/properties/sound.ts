/** Plays a plot to its end and says everything that is wrong with the world that it made. */
import { isDeepStrictEqual } from 'node:util'
import { foldRecord } from '../../engine/calls/call-record.ts'
import type { AnyEvent } from '../../engine/events.ts'
import type { WorldOptions } from '../../engine/simulation/index.ts'
import { Play } from './play.ts'
import type { Plot } from './plot.ts'

/** Empty: the world is sound, from its first event to its last timer. */
export async function faultsOf(plot: Plot, options: Partial<WorldOptions> = {}): Promise<readonly string[]> {
  const play = await Play.begin(plot, options)
  const { world, audit } = play
  await play.run()
  await play.rest()
  audit.finish()
  compareAgents(play)
  compareQueues(play)
  await compareRecords(play)
  compareLeftovers(play)
  await world.stop()
  if (world.clock.pending > 0) audit.fault(`${world.clock.pending} timers are armed after the end`)
  return audit.faults
}

export function compareAgents({ world, audit }: Play): void {
  for (const { id, label, session, slot } of world.engine.agents.list()) {
    const told = audit.agent(id)
    if (told.label !== label) audit.fault(`${id} is ${label}, but was last told to be ${told.label}`)
    if (told.session !== session) audit.fault(`${id} is ${session}, but was last told to be ${told.session}`)
    if (slot !== 'idle') audit.fault(`${id} is still ${slot}`)
  }
}

/** Invariant 6: the metrics count what the events tell. */
export function compareQueues({ world, audit }: Play): void {
  for (const { id, metrics } of world.engine.queues.list()) {
    const { offered, answered, abandoned, flowOut, rejected } = metrics.today
    const shown = { offered, answered, abandoned, flowOut, rejected }
    const told = audit.sums.get(id) ?? { offered: 0, answered: 0, abandoned: 0, flowOut: 0, rejected: 0 }
    if (!isDeepStrictEqual(shown, told))
      audit.fault(`${id} counts ${JSON.stringify(shown)}, but the events say ${JSON.stringify(told)}`)
    if (metrics.waiting > 0) audit.fault(`${metrics.waiting} are left in ${id}`)
  }
}

/** What the events make of a call is what the engine shows of it; and the store has kept them all. */
export async function compareRecords({ world, audit }: Play): Promise<void> {
  for (const callId of audit.calls.keys()) {
    const events = audit.eventsOf.get(callId) ?? []
    const shown = await world.engine.calls.get(callId)
    const folded = foldRecord(events, 'default')
    if (!isDeepStrictEqual(shown, folded))
      audit.fault(`call ${callId} is shown as ${JSON.stringify(shown)}, its events say ${JSON.stringify(folded)}`)
    const stored = await world.store.readEvents({ after: 0, limit: 10_000, callId })
    if (!isDeepStrictEqual(stored, events.map(asWritten))) audit.fault(`the store has other events of call ${callId}`)
  }
}

/** What is told of one publication is not part of the event. */
export function asWritten({ durable: _, ...event }: AnyEvent): object {
  return event
}

function compareLeftovers({ world, callers, cutOff, audit }: Play): void {
  const { rtpSessions, journalBacklog, sipDialogs, callsActive, callsWaiting } = world.engine.counters()
  const left = { rtpSessions, journalBacklog, sipDialogs, callsActive, callsWaiting }
  if (Object.values(left).some(count => count > 0)) audit.fault(`left over: ${JSON.stringify(left)}`)
  for (const [agentId, { calls, load }] of world.phones) {
    if (cutOff.has(world.hostOf(agentId))) continue
    if (calls.length + load.dialogs + load.transactions > 0)
      audit.fault(`left over on the phone of ${agentId}: ${calls.length} calls, ${JSON.stringify(load)}`)
  }
  for (const { call, host } of callers)
    if (call.state !== 'ended' && !cutOff.has(host)) audit.fault(`the call from ${host} goes on`)
}
