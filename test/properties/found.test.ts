/** What the random worlds have found, each as its shortest story. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/config.ts'
import { type CallerPlan, createWorld, type Reaction } from '../../engine/simulation/index.ts'
import type { Command, Plot } from './plot.ts'
import { faultsOf } from './sound.ts'

const talk: CallerPlan = { patienceMs: 30_000, talkMs: 2_000, talkFrom: 'join' }
const answer: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: null }

interface Story {
  readonly queues: NonNullable<CenterInput['queues']>
  readonly mode?: 'relay' | 'direct'
  readonly agents: readonly string[]
  readonly reactions?: readonly (readonly Reaction[])[]
  readonly callers: Plot['callers']
  readonly commands?: readonly Command[]
}

function plotOf({ queues, mode = 'relay', agents, reactions, callers, commands = [] }: Story): Plot {
  return {
    seed: 1,
    center: {
      queues,
      agents: agents.map(id => ({ id, queues: queues.map(queue => queue.id ?? ''), alwaysAvailable: true })),
      numbers: queues.map(({ id = '' }) => ({ match: id, queue: id })),
      media: { mode, timeoutMs: 0 },
    },
    conditions: { lossRate: 0, duplicateRate: 0, reorderRate: 0 },
    reactions: reactions ?? agents.map(() => [answer]),
    callers,
    commands,
    cuts: [],
  }
}

describe('found by random worlds', () => {
  it('a visit was told to wait again after its next offer', async () => {
    const plot = plotOf({
      queues: [{ id: 'q', strategy: 'ring-all', offerCooldownMs: 0, missedOffersToNotReady: 0, maxWaitMs: 5_000 }],
      agents: ['ada'],
      reactions: [[{ kind: 'refuse', ringAfterMs: 100, afterMs: 500, status: 486 }]],
      callers: [{ atMs: 0, number: 'q', plan: talk }],
    })
    expect(await faultsOf(plot)).toEqual([])
  })

  it('two talked while a third was still being rung', async () => {
    const plot = plotOf({
      queues: [{ id: 'q', strategy: 'ring-all', answer: 'with-agent' }],
      mode: 'direct',
      agents: ['ada', 'bob'],
      reactions: [[answer], [{ kind: 'ignore', ringAfterMs: 100 }]],
      callers: [{ atMs: 0, number: 'q', plan: talk }],
    })
    expect(await faultsOf(plot)).toEqual([])
  })

  it('an agent who ended the wrap-up was given a call before it was over', async () => {
    const plot = plotOf({
      queues: [{ id: 'q', wrapUpMs: 20_000 }],
      agents: ['ada'],
      callers: [
        { atMs: 0, number: 'q', plan: talk },
        { atMs: 0, number: 'q', plan: talk },
      ],
      commands: [{ atMs: 5_000, kind: 'completeWrapUp', pick: 0 }],
    })
    expect(await faultsOf(plot)).toEqual([])
  })

  it('who waited longer than the delay of an agent was not his when he joined the queue', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [{ id: 'q', strategy: 'longest-idle' }],
        agents: [
          { id: 'ada', queues: [{ id: 'q', delayMs: 60_000 }], alwaysAvailable: true },
          { id: 'bob', queues: [{ id: 'q', delayMs: 10, signedIn: false }], alwaysAvailable: true },
        ],
        numbers: [{ match: 'q', queue: 'q' }],
      },
    })
    await world.call('q', talk)
    await world.run(5_000)
    world.engine.agents.setQueue('bob', 'q', true)
    await world.run(500)
    expect(world.events.find(({ type }) => type === 'offer.created')?.data).toMatchObject({ agentId: 'bob' })
    await world.stop()
  })

  it('queues that overflow into each other passed a call around for ever', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [
          { id: 'q', maxWaitMs: 10_000, overflow: [{ afterMs: 5, to: { queue: 'r' } }] },
          { id: 'r', maxWaitMs: 10_000, overflow: [{ afterMs: 5, to: { number: 'q' } }] },
        ],
        numbers: [{ match: 'q', queue: 'q' }],
      },
    })
    await world.call('q', talk)
    await world.run(9_000)
    expect(world.events.filter(({ type }) => type === 'call.queued').length).toBe(2)
    await world.run(2_000)
    expect(world.events.find(event => event.type === 'call.ended')?.data).toMatchObject({
      ending: 'rejected',
      cause: 'maxWait',
    })
    await world.stop()
  })

  it('someone who had been removed, and signed in during the last call, left without a word', async () => {
    const plot = plotOf({
      queues: [{ id: 'q', wrapUpMs: 0 }],
      agents: ['ada'],
      callers: [{ atMs: 0, number: 'q', plan: { ...talk, talkMs: 10_000 } }],
      commands: [
        { atMs: 3_000, kind: 'applyOther', pick: 0 },
        { atMs: 4_000, kind: 'signIn', pick: 0 },
        { atMs: 20_000, kind: 'applySame', pick: 0 },
      ],
    })
    expect(await faultsOf(plot)).toEqual([])
  })

  it('a call that ended at once was closed again by the next process', async () => {
    const world = await createWorld({ seed: 1, center: {} })
    await world.call('nowhere', talk)
    // The first record waits a second for company, and the second call joins it before its own events are written.
    await world.run(990)
    await world.call('nowhere', talk)
    await world.run(5_000)
    const { checkpoints } = await world.store.open()
    expect(checkpoints.filter(({ kind }) => kind !== 'journal')).toEqual([])
    await world.stop()
  })

  it('a restart forgot what its predecessor had done today', async () => {
    const world = await createWorld({
      seed: 1,
      center: { queues: [{ id: 'q' }], numbers: [{ match: 'q', queue: 'q' }] },
    })
    await world.call('q', talk)
    await world.run(1_000)
    await world.restart()
    expect(world.engine.queues.get('q').metrics.today).toMatchObject({ offered: 1, rejected: 1 })
    await world.stop()
  })

  it('an agent who was signed in when the process died stayed so in the eyes of all who listen', async () => {
    const world = await createWorld({
      seed: 1,
      center: { queues: [{ id: 'q' }], agents: [{ id: 'ada', queues: ['q'] }] },
    })
    world.engine.agents.signIn('ada', { availability: 'available' })
    await world.run(1_000)
    await world.restart()
    await world.run(1_000)
    const told = world.events.filter(({ subject }) => subject === 'agent/ada').slice(-2)
    expect(told.map(({ data }) => data)).toMatchObject([
      { from: 'online', to: 'offline', reason: 'restart' },
      { from: 'available', to: 'offline', reason: 'restart' },
    ])
    await world.stop()
  })

  it('wrap-up and screen pop of a dead process were never ended', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [{ id: 'q', wrapUpMs: 60_000 }],
        agents: ['ada', 'bob'].map(id => ({ id, queues: ['q'], alwaysAvailable: true })),
        numbers: [{ match: 'q', queue: 'q' }],
      },
    })
    world.react('bob', { kind: 'ignore', ringAfterMs: 100 })
    await world.call('q', { ...talk, talkMs: 1_000 })
    await world.run(5_000)
    await world.call('q', talk)
    await world.run(1_000)
    await world.restart()
    await world.run(1_000)
    const types = world.events.map(({ type }) => type)
    expect(types.filter(type => type === 'screenpop.withdrawn').length).toBe(1)
    expect(world.events.find(event => event.type === 'call.wrapup_completed')?.data).toMatchObject({ by: 'restart' })
    await world.stop()
  })
})
