/** What recorded calls asked of agents, and that a replay asks the same: no less, and nothing that only their queue did. */
import { describe, expect, it } from 'vitest'
import type { InboundCall } from '../api.ts'
import { patient } from '../calls/testing/test-center.ts'
import type { CenterInput } from '../config.ts'
import type { AnyEvent, EventData, EventType } from '../events.ts'
import type { History } from './history.ts'
import { parseJournal } from './history-file.ts'
import { type ReplayResult, replay } from './replay.ts'
import { replayText } from './replay-report.ts'
import { replicate } from './replication.ts'
import { parseScenario } from './scenario-check.ts'
import { createWorld, type World } from './world.ts'

const bullseye = [{ timeoutMs: 20_000, removeSkills: ['y'] }]
const center = {
  queues: [
    { id: 'plain', requirements: 'x' },
    { id: 'rings', requirements: 'x and y', bullseye },
    { id: 'stepped', requirements: 'x', steps: [{ expression: 'y', afterMs: 30_000 }] },
    { id: 'open' },
  ],
  agents: ['ada', 'bob'].map(id => ({
    id,
    queues: ['plain', 'rings', 'stepped', 'open'],
    skills: { x: 5, ...(id === 'ada' ? { y: true } : {}) },
  })),
  numbers: ['plain', 'rings', 'stepped', 'open'].map(id => ({ match: id, queue: id })),
  media: { timeoutMs: 0 },
} satisfies CenterInput

/** One call of each kind; everybody is answered in the end, by whoever he may have. */
const asked: Readonly<Record<string, Parameters<InboundCall['enqueue']>[1]>> = {
  plain: {},
  rings: { priority: 7 },
  stepped: {},
  open: {
    ...{ priority: 3, requirements: 'x >= 2', steps: [{ expression: 'z', afterMs: 9_000 }] },
    ...{ preferredAgents: [{ agentId: 'bob', score: 80, until: '2040-01-01T00:00:00.000Z' }], avoidAgents: ['ada'] },
  },
}

async function record(act: (world: World) => Promise<void>): Promise<readonly AnyEvent[]> {
  const world = await createWorld({ seed: 3, center })
  world.engine.onInbound(call => call.enqueue(call.dnis, asked[call.dnis] ?? {}))
  for (const { id } of center.agents) world.engine.agents.signIn(id, { availability: 'available' })
  await act(world)
  await world.runUntil(() => world.engine.counters().callsActive === 0, 60 * 60_000)
  await world.stop()
  return world.events.filter(({ cursor }) => cursor !== undefined)
}

const parse = (events: readonly AnyEvent[]) =>
  parseJournal(events.map(event => JSON.stringify(event)).join('\n'), 'day.jsonl')

/** As versions before `asked` have told it. */
function asBefore(events: readonly AnyEvent[], stages: Readonly<Record<string, string>>): readonly AnyEvent[] {
  return events.map(event => {
    if (event.type !== 'call.queued') return event
    const { asked: _, requirements: __, ...data } = event.data
    const stage = stages[data.queueId]
    return { ...event, data: { ...data, ...(stage === undefined ? {} : { requirements: stage }) } }
  })
}

const told = <T extends EventType>(events: readonly AnyEvent[], type: T) =>
  events.flatMap(event => (event.type === type ? [event.data as EventData<T>] : []))
const queued = (events: readonly AnyEvent[]) =>
  told(events, 'call.queued').map(({ queueId, priority, requirements, asked }) => ({
    ...{ queueId, priority, requirements, asked },
  }))

async function replayed(history: History, more: Partial<CenterInput> = {}, scenario: object = {}) {
  const events: AnyEvent[] = []
  const parsed = parseScenario({ center: { ...center, ...more }, replications: 1, ...scenario }, { history })
  const { complaints } = await replicate(parsed, 0, history, event => events.push(event))
  return { events, complaints }
}

const oneEach = (world: World) =>
  Object.keys(asked).reduce(async (before, number) => {
    await before
    await world.call(number, { ...patient, talkMs: 2_000 })
    await world.run(60_000)
  }, Promise.resolve())

describe('a recorded call', () => {
  it('is told with the skills that are asked for, and with what it asks for itself', async () => {
    const { open } = asked
    const { priority: _, ...own } = open ?? {}
    expect(queued(await record(oneEach))).toEqual([
      { queueId: 'plain', priority: 0, requirements: 'x', asked: {} },
      { queueId: 'rings', priority: 7, requirements: 'x and y', asked: {} },
      { queueId: 'stepped', priority: 0, requirements: 'x and y', asked: {} },
      { queueId: 'open', priority: 3, requirements: 'x >= 2 and z', asked: own },
    ])
  })

  it('asks for the same again, in its queue and with its priority', async () => {
    const events = await record(oneEach)
    for (const through of ['legs', 'sip']) {
      const again = await replayed(parse(events), {}, { through })
      expect(again.complaints).toEqual([])
      expect(queued(again.events)).toEqual(queued(events))
    }
  })

  it('asks for nothing that its queue no longer asks for', async () => {
    const history = parse(await record(oneEach))
    const bare = center.queues.map(({ id }) => ({ id }))
    const { events } = await replayed(history, { queues: bare })
    expect(queued(events).slice(0, 3)).toEqual([
      { queueId: 'plain', priority: 0, requirements: undefined, asked: undefined },
      { queueId: 'rings', priority: 7, requirements: undefined, asked: undefined },
      { queueId: 'stepped', priority: 0, requirements: undefined, asked: undefined },
    ])
  })

  it('gives up its wishes for agents as late as it did, whenever the day is replayed', async () => {
    const history = parse(await record(oneEach))
    const startsAt = new Date(history.fromMs + 86_400_000).toISOString()
    const { events } = await replayed(history, {}, { startsAt })
    expect(queued(events).at(-1)?.asked?.preferredAgents).toEqual([
      { agentId: 'bob', score: 80, until: '2040-01-02T00:00:00.000Z' },
    ])
  })

  it('is changed while it waits as it was, and then', async () => {
    const changes = { requirements: 'x >= 3', priority: '40', preferredAgents: 'bob:70', avoidAgents: 'ada' }
    const waits = async (world: World) => {
      await world.run(1_000)
      for (const { id } of center.agents) world.engine.agents.setAvailability(id, 'notReady')
      await world.run(1_000)
      await world.call('plain', { ...patient, talkMs: 2_000 })
      await world.run(5_000)
      const callId = world.engine.calls.live()[0]?.callId ?? ''
      for (const [name, value] of Object.entries(changes)) {
        await world.run(1_000)
        world.engine.calls.setAttributes(callId, { [name]: value, mood: 'good' }, { actor: 'user:sue' })
      }
      await world.run(5_000)
      for (const { id } of center.agents) world.engine.agents.setAvailability(id, 'available')
      await world.run(60_000)
    }
    const history = parse(await record(waits))
    expect(history.calls[0]?.changes.map(({ changed }) => changed)).toEqual(
      Object.entries(changes).map(([name, value]) => ({ [name]: value })),
    )
    const { events } = await replayed(history)
    const [{ time } = { time: '' }] = events.filter(({ type }) => type === 'call.queued')
    const again = events.flatMap(event =>
      event.type === 'call.attributes_updated'
        ? [[Math.round((Date.parse(event.time) - Date.parse(time)) / 1_000), event.data.changed]]
        : [],
    )
    expect(again).toEqual(Object.entries(changes).map(([name, value], index) => [6 + index, { [name]: value }]))
    expect(told(events, 'call.connected')).toMatchObject([{ agentId: 'bob' }])
  })
})

describe('a journal that does not tell what calls ask for themselves', () => {
  const stages = { plain: 'x', rings: 'ring 1', stepped: 'y', open: 'z' }

  it('leaves to the queue what that asks for, and to no call the name of a stage', async () => {
    const recorded = asBefore(await record(oneEach), stages).flatMap(event => {
      if (event.type !== 'call.queued' || event.data.queueId !== 'open') return [event]
      const { callId, visitId, queueId } = event.data
      const data = { callId, visitId, queueId, from: 'z', to: 'anyone', eligibleCount: 2 }
      return [event, { ...event, type: 'call.routing_step_changed', data } as AnyEvent]
    })
    const history = parse(recorded)
    const { events, complaints } = await replayed(history)
    expect(complaints).toEqual([])
    expect(queued(events).map(({ queueId, priority, asked }) => ({ queueId, priority, asked }))).toEqual([
      { queueId: 'plain', priority: 0, asked: {} },
      { queueId: 'rings', priority: 7, asked: {} },
      { queueId: 'stepped', priority: 0, asked: {} },
      // A step of its own, which lapsed: that it was none of its requirements is all that is known.
      { queueId: 'open', priority: 3, asked: undefined },
    ])
  })

  it('leaves to a call what its queue does not ask for, and what its attributes say', async () => {
    const history = parse(asBefore(await record(oneEach), { plain: 'x >= 3', open: 'anyone' }))
    const { events } = await replayed(history)
    const [plain, , , open] = queued(events)
    expect([plain?.asked, open?.asked]).toEqual([{ requirements: 'x >= 3' }, undefined])
    const said = asBefore(await record(oneEach), { plain: 'x >= 3' }).flatMap(event => {
      if (event.type !== 'call.queued' || event.data.queueId !== 'plain') return [event]
      const changed = { requirements: 'x >= 4', avoidAgents: 'bob' }
      const data = { callId: event.data.callId, changed, origin: 'sip' }
      return [{ ...event, type: 'call.attributes_updated', data } as AnyEvent, event]
    })
    const [asSaid] = queued((await replayed(parse(said))).events)
    expect(asSaid?.asked).toEqual({ requirements: 'x >= 4', avoidAgents: ['bob'] })
  })
})

describe('a replay', () => {
  it('says which calls waited without what they asked for, and has them in their queue', async () => {
    const events = (await record(oneEach)).map(event =>
      event.type === 'call.queued' && event.data.queueId === 'open'
        ? ({ ...event, data: { ...event.data, asked: { requirements: 'x >' } } } as AnyEvent)
        : event,
    )
    const history = parse(events)
    const result: ReplayResult = await replay(parseScenario({ center, replications: 2 }, { history }), history)
    expect(result.simulated.queues.map(({ offered }) => offered)).toEqual([2, 2, 2, 2])
    expect(result.simulated.complaints).toMatchObject([{ count: 2 }])
    expect(replayText(result)).toMatch(
      /\nWent wrong: 2 × a call that waited without what it asked for: .*requirements: an expression/,
    )
  })
})
