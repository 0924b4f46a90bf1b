/** What recipes do to waiting calls, by a whole engine on the virtual clock: what changes, what is told, what is explained. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { AnyEvent, EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'
import { watchedMedia } from './testing/watched-media.ts'

type QueueInput = NonNullable<CenterInput['queues']>[number]

const patient = { patienceMs: null, talkMs: 5_000, talkFrom: 'join' } as const

function centerOf(queue: Omit<QueueInput, 'id'>, rest: CenterInput = {}): CenterInput {
  return {
    queues: [
      { id: 'q', wrapUpMs: 0, ...queue },
      { id: 'other', maxWaiting: 1 },
    ],
    agents: [{ id: 'ada', queues: ['q'], skills: { y: 3 }, alwaysAvailable: true }],
    numbers: [
      { match: 'n', queue: 'q' },
      { match: 'x', queue: 'q', requirements: 'x >= 5' },
      { match: 'other', queue: 'other' },
    ],
    media: { timeoutMs: 0 },
    ...rest,
  }
}

async function play(
  center: CenterInput,
  story: (world: World, said: readonly string[]) => Promise<void>,
): Promise<void> {
  const said: string[] = []
  const media = watchedMedia(session => ({
    play(playback) {
      if (playback.kind === 'prompts') said.push(playback.names.join(' '))
      session.play(playback)
    },
  }))
  const world = await createWorld({ seed: 5, center, media })
  try {
    await story(world, said)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const isAbout = (callId: string) => (event: AnyEvent) => 'callId' in event.data && event.data.callId === callId

describe('skills', () => {
  it('are given up by a recipe, told, and explained', async () => {
    const recipe = { name: 'relax', when: { waitedMs: 20_000, available: { atMost: 0 } }, do: { removeSkills: ['x'] } }
    await play(centerOf({ requirements: 'x or z', recipes: [recipe] }), async world => {
      await world.call('x', patient)
      await world.run(15_000)
      expect(told(world, 'offer.created')).toEqual([])
      await world.run(30_000)
      const [queued] = told(world, 'call.queued')
      const { callId = '', visitId = '' } = queued ?? {}
      const because = 'has waited 20 s, 0 free agents suit it'
      const about = { callId, visitId, queueId: 'q' }
      expect(told(world, 'call.recipe_applied')).toEqual([
        { ...about, recipe: 'relax', because, actions: ['asks no longer for x'] },
      ])
      expect(told(world, 'call.routing_step_changed')).toEqual([
        { ...about, recipe: 'relax', from: '(x or z) and x >= 5', to: 'z', requirements: 'z', eligibleCount: 0 },
      ])
      // Ada suits neither: with z nobody does, and nothing has been offered.
      expect(told(world, 'offer.created')).toEqual([])
      const words = (await world.engine.calls.explain(callId))?.visits[0]?.moments.map(moment => moment.words)
      expect(words?.slice(1)).toEqual([
        `The recipe relax acted (${because}): asks no longer for x.`,
        'Now it asks for z; 0 signed-in agents suit.',
      ])
      expect((await world.engine.calls.get(callId))?.visits[0]).toMatchObject({ requirements: 'z' })
    })
  })

  it('that nobody asks for any more let the call go to whoever is free, at once', async () => {
    const recipes = [{ when: { waitedMs: 20_000 }, do: { removeSkills: ['x'] } }]
    await play(centerOf({ requirements: 'x', recipes }), async world => {
      await world.call('n', patient)
      await world.run(30_000)
      expect(told(world, 'call.connected')).toMatchObject([{ agentId: 'ada', waitMs: expect.any(Number) }])
      expect(told(world, 'call.connected')[0]?.waitMs).toBeLessThan(21_500)
      expect(told(world, 'call.routing_step_changed')).toMatchObject([
        { to: 'anyone', requirements: '', eligibleCount: 1 },
      ])
    })
  })

  it('are asked for as well, where nothing was; again changes nothing and tells nothing', async () => {
    const recipes = [
      { when: { waitedMs: 2_000 }, do: { addSkills: 'x' }, everyMs: 2_000 },
      { when: { waitedMs: 9_000 }, do: { removeSkills: ['x'], addSkills: 'y >= 3' } },
    ]
    await play(centerOf({ recipes }), async world => {
      world.engine.agents.setAvailability('ada', 'notReady')
      await world.call('n', patient)
      await world.run(5_000)
      world.engine.agents.setAvailability('ada', 'available')
      await world.run(3_500)
      expect(told(world, 'offer.created')).toEqual([])
      await world.run(1_200)
      expect(told(world, 'call.routing_step_changed').map(({ from, to }) => [from, to])).toEqual([
        ['anyone', 'x'],
        ['x', 'y >= 3'],
      ])
      expect(told(world, 'offer.created')).toMatchObject([{ agentId: 'ada' }])
    })
  })

  it('change beside steps, which go on in their own time', async () => {
    const steps = [{ expression: 'y >= 9', afterMs: 10_000 }]
    const recipes = [{ when: { waitedMs: 5_000 }, do: { removeSkills: ['x'] } }]
    await play(centerOf({ requirements: 'x', steps, recipes }), async world => {
      await world.call('n', patient)
      await world.run(8_000)
      expect(told(world, 'offer.created')).toEqual([])
      await world.run(5_000)
      expect(told(world, 'call.routing_step_changed').map(({ from, to, recipe }) => [from, to, recipe])).toEqual([
        ['x and y >= 9', 'y >= 9', '#1'],
        ['y >= 9', 'anyone', undefined],
      ])
      const [connected] = told(world, 'call.connected')
      expect(connected?.waitMs).toBeGreaterThan(10_000)
      expect(connected?.waitMs).toBeLessThan(11_500)
      expect((await world.engine.calls.get(connected?.callId ?? ''))?.visits[0]).toMatchObject({
        ...{ step: 'anyone', requirements: '' },
      })
    })
  })

  it('that a step has given up count for recipes too', async () => {
    const steps = [{ expression: 'x', afterMs: 5_000 }]
    const recipes = [{ when: { eligible: { atLeast: 1 } }, do: { priority: 3 } }]
    await play(centerOf({ steps, recipes }), async world => {
      world.engine.agents.setAvailability('ada', 'notReady')
      await world.call('n', patient)
      await world.run(4_900)
      expect(told(world, 'call.recipe_applied')).toEqual([])
      await world.run(1_000)
      expect(told(world, 'call.recipe_applied')).toMatchObject([{ because: '1 signed-in agent suits it' }])
    })
  })

  it('that two recipes change in turn are never more changes than recipes', async () => {
    const recipes = [
      { do: { removeSkills: ['x'] }, everyMs: 2_000 },
      { when: { waitedMs: 1_000 }, do: { addSkills: 'x' }, everyMs: 2_000 },
    ]
    const center = centerOf({ requirements: 'x', recipes, callback: { offer: { key: '5', afterMs: 600_000 } } })
    const trunks = [
      { id: 'people', addresses: ['10.1.0.0/16'] },
      { id: 'carrier', addresses: ['10.3.0.1'], host: '10.3.0.1' },
    ]
    const outbound = [{ prefix: '+4420', trunk: 'carrier' }]
    await play({ ...center, agents: [], trunks, outbound, countryCode: '44' }, async world => {
      const { call } = await world.call('n', { ...patient, talkMs: null })
      await world.run(20_000)
      expect(told(world, 'call.routing_step_changed').length).toBeGreaterThan(15)
      for (const key of '502070000001#1') {
        call.press(key)
        await world.run(300)
      }
      call.hangup()
      await world.run(3_000)
      const { checkpoints } = await world.store.open()
      const kept = checkpoints.find(({ kind }) => kind === 'callback')?.state as { request?: { changes?: unknown[] } }
      expect(kept.request?.changes).toHaveLength(2)
      for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
      await world.run(40_000)
    })
  })

  it('are those that a person names, once one does', async () => {
    const recipes = [{ when: { waitedMs: 2_000 }, do: { removeSkills: ['x'], addSkills: 'z' } }]
    await play(centerOf({ recipes }), async world => {
      await world.call('x', patient)
      await world.run(5_000)
      const [call] = world.engine.calls.live()
      world.engine.calls.setAttributes(call?.callId ?? '', { requirements: 'y >= 3' }, { actor: 'user:sue' })
      await world.run(1_000)
      expect(told(world, 'offer.created')).toMatchObject([{ agentId: 'ada' }])
    })
  })
})

describe('priority', () => {
  it('is raised again and again up to 100, and moves the call ahead', async () => {
    const recipes = [{ name: 'old', when: { waitedMs: 10_000 }, do: { raisePriority: 40 }, everyMs: 10_000 }]
    await play(centerOf({ recipes }, { agents: [] }), async world => {
      await world.call('n', patient)
      await world.run(5_000)
      await world.call('n', patient)
      await world.run(36_000)
      const [first] = told(world, 'call.queued')
      const updates = told(world, 'call.attributes_updated').filter(({ callId }) => callId === first?.callId)
      expect(updates.map(({ changed, origin }) => [changed, origin])).toEqual([
        [{ priority: '40' }, 'recipe:old'],
        [{ priority: '80' }, 'recipe:old'],
        [{ priority: '100' }, 'recipe:old'],
      ])
      // A fourth time there is nothing left to raise.
      expect(told(world, 'call.recipe_applied').filter(({ callId }) => callId === first?.callId)).toHaveLength(3)
      const words = (await world.engine.calls.explain(first?.callId ?? ''))?.visits[0]?.moments ?? []
      expect(words.map(moment => moment.words).filter(text => text.includes('priority 40'))).toEqual([
        'The recipe old acted (has waited 10 s): priority 40.',
      ])
    })
  })

  it('is set for whom nobody suits, and counts at once', async () => {
    const recipes = [{ when: { eligible: { atMost: 0 } }, do: { priority: 50 } }]
    await play(centerOf({ recipes }), async world => {
      world.engine.agents.setAvailability('ada', 'notReady')
      await world.call('n', patient)
      await world.run(1_000)
      await world.call('x', patient)
      await world.run(1_000)
      const last = told(world, 'call.queued').at(-1)
      expect(told(world, 'call.recipe_applied')).toMatchObject([{ callId: last?.callId, actions: ['priority 50'] }])
      expect(world.engine.queues.explain('q').visits.map(({ callId }) => callId)[0]).toBe(last?.callId)
    })
  })
})

describe('announcements', () => {
  it('say what a recipe says, in the words of the queue', async () => {
    const recipes = [
      { when: { waitedMs: 5_000 }, do: { announce: { say: ['please-hold'], position: true } } },
      { when: { waitedMs: 20_000 }, do: { announce: { position: true } }, everyMs: 10_000 },
    ]
    await play(centerOf({ language: 'de', recipes }, { agents: [] }), async (world, said) => {
      await world.call('n', patient)
      await world.run(35_000)
      const next = 'de/you-are-next-in-line'
      expect(said).toEqual([
        `de/please-hold ${next}`,
        `${next} de/thank-you-for-waiting`,
        `${next} de/thank-you-for-waiting`,
      ])
      expect(told(world, 'call.recipe_applied').map(({ actions }) => actions)).toEqual([
        ['says please-hold, the place'],
        ['says the place'],
        ['says the place'],
      ])
    })
  })
})

describe('a way out', () => {
  const away = (to: object) =>
    centerOf({ recipes: [{ when: { waitedMs: 10_000 }, do: { to } }] } as never, { agents: [] })

  it('is taken as overflow takes it', async () => {
    await play(away({ queue: 'other' }), async world => {
      await world.call('n', patient)
      await world.run(12_000)
      expect(told(world, 'call.diverted')).toMatchObject([{ target: 'queue:other', reason: 'recipe' }])
      const [call] = world.engine.calls.live()
      expect(call?.visits).toMatchObject([
        { queueId: 'q', outcome: 'flowOut', reason: 'recipe' },
        { queueId: 'other', outcome: null },
      ])
      expect(world.engine.queues.get('q').metrics.today).toMatchObject({ offered: 1, flowOut: 1 })
    })
  })

  it('is not taken from a call that a free agent gets when the window of its queue ends', async () => {
    const recipes = [{ when: { waiting: { atLeast: 1 } }, do: { to: { queue: 'other' } } }]
    const optimal = { strategy: 'optimal', strategyOptions: { windowMs: 250 }, recipes } as const
    await play(centerOf(optimal), async world => {
      await world.call('n', patient)
      await world.run(5_000)
      expect(told(world, 'call.diverted')).toEqual([])
      expect(told(world, 'call.connected')).toHaveLength(1)
      // He talks now.
      await world.call('n', patient)
      await world.run(1_000)
      expect(told(world, 'call.diverted')).toMatchObject([{ target: 'queue:other', reason: 'recipe' }])
    })
  })

  it('that is closed costs nobody his place, and is told', async () => {
    await play(away({ queue: 'other' }), async world => {
      await world.call('other', patient)
      await world.call('n', patient)
      await world.run(12_000)
      expect(told(world, 'call.diverted')).toEqual([])
      expect(told(world, 'call.recipe_applied')).toMatchObject([{ actions: ['queue:other is not possible now'] }])
      expect(world.engine.queues.get('q').metrics.waiting).toBe(1)
    })
  })

  it('may be a refusal', async () => {
    await play(away({ reject: 486 }), async world => {
      const { call } = await world.call('n', patient)
      await world.run(12_000)
      expect(call.end).toMatchObject({ by: 'peer' })
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'recipe', sipCode: 486 }])
      expect(world.engine.queues.get('q').metrics.today).toMatchObject({ offered: 1, flowOut: 1 })
      const { callId = '' } = told(world, 'call.ended')[0] ?? {}
      expect((await world.engine.calls.get(callId))?.visits).toMatchObject([{ outcome: 'flowOut', reason: 'recipe' }])
    })
  })

  it('is not taken from a call that an agent is being rung for', async () => {
    const recipes = [{ when: { waitedMs: 3_000 }, do: { to: { reject: 486 } } }]
    await play(centerOf({ ringTimeoutMs: 6_000, offerCooldownMs: 60_000, recipes }), async world => {
      world.react('ada', { kind: 'ignore', ringAfterMs: 100 })
      await world.call('n', patient)
      await world.run(5_000)
      expect(told(world, 'call.rejected')).toEqual([])
      await world.run(2_000)
      expect(told(world, 'offer.timed_out')).toHaveLength(1)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'recipe' }])
    })
  })
})

describe('a call that has left the line', () => {
  it('has no recipes any more, until its agent is lost', async () => {
    const recipes = [{ when: { waitedMs: 3_000 }, do: { priority: 7 } }]
    await play(centerOf({ recipes }), async world => {
      await world.call('n', patient)
      await world.run(20_000)
      const [connected] = told(world, 'call.connected')
      expect(world.events.filter(isAbout(connected?.callId ?? '')).map(({ type }) => type)).not.toContain(
        'call.recipe_applied',
      )
    })
  })

  it('keeps in a callback what they have changed, over a restart too', async () => {
    const recipes = [{ when: { waitedMs: 2_000 }, do: { removeSkills: ['x'], priority: 9 } }]
    const center: CenterInput = {
      ...centerOf({ requirements: 'x', recipes, callback: { offer: { key: '5', afterMs: 60_000 } } }),
      agents: [{ id: 'ada', queues: ['q'] }],
      trunks: [
        { id: 'people', addresses: ['10.1.0.0/16'] },
        { id: 'carrier', addresses: ['10.3.0.1'], host: '10.3.0.1' },
      ],
      outbound: [{ prefix: '+4420', trunk: 'carrier' }],
      countryCode: '44',
    }
    await play(center, async world => {
      const { call } = await world.call('n', { ...patient, talkMs: null })
      await world.run(3_000)
      for (const key of '502070000001#1') {
        call.press(key)
        await world.run(300)
      }
      call.hangup()
      await world.run(3_000)
      expect(world.engine.callbacks.list()).toMatchObject([{ number: '+442070000001', priority: 9 }])
      const before = world.engine.callbacks.list()[0]
      await world.restart()
      expect(world.engine.callbacks.list()).toMatchObject([{ id: before?.id, priority: 9 }])
      // Who lacks x is rung for it: the recipe has given that up.
      world.engine.agents.signIn('ada', { availability: 'available' })
      await world.run(2_000)
      expect(told(world, 'offer.created')).toMatchObject([{ agentId: 'ada', queueId: 'q' }])
      for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
      await world.run(40_000)
    })
  })
})

describe('a center that is applied anew', () => {
  it('leaves those who wait to the recipes that they came under', async () => {
    const recipes = [{ name: 'old', when: { waitedMs: 10_000 }, do: { priority: 5 } }]
    const center = centerOf({ recipes }, { agents: [] })
    await play(center, async world => {
      await world.call('n', patient)
      await world.run(5_000)
      const next = centerOf(
        { recipes: [{ name: 'new', when: { waitedMs: 1_000 }, do: { priority: 6 } }] },
        { agents: [] },
      )
      await world.engine.applyCenter(world.furnished(next))
      await world.call('n', patient)
      await world.run(6_000)
      expect(told(world, 'call.recipe_applied').map(({ recipe }) => recipe)).toEqual(['new', 'old'])
    })
  })
})
