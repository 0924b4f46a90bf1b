/** The wait of a call that was told step by step, by a whole engine: who was rung, who was not, and why only then. */
import { describe, expect, it } from 'vitest'
import { createWorld } from '../simulation/world.ts'

const plan = { patienceMs: 300_000, talkMs: 5_000, talkFrom: 'join' } as const

describe('the moments of a wait', () => {
  it('say who was rung and why, who was not and why not, and why so late', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [
          {
            ...{ id: 'q', wrapUpMs: 0, ringTimeoutMs: 5_000, offerCooldownMs: 60_000, missedOffersToNotReady: 0 },
            steps: [{ expression: 'x >= 5', afterMs: 20_000 }],
          },
        ],
        agents: [
          { id: 'ada', queues: ['q'], skills: { x: 8 } },
          { id: 'bob', queues: ['q'], skills: { x: 2 } },
        ],
        numbers: [{ match: 'n', queue: 'q' }],
        media: { timeoutMs: 0 },
      },
    })
    const { engine } = world
    engine.agents.signIn('ada', { availability: 'available' })
    engine.agents.signIn('bob', { availability: 'available' })
    world.react('ada', { kind: 'ignore', ringAfterMs: 100 })
    await world.call('n', plan)
    await world.run(10_000)
    const [live] = engine.calls.live()
    const callId = live?.callId ?? ''
    engine.calls.setAttributes(callId, { priority: '7' }, { actor: 'user:sue' })
    const waiting = await engine.calls.explain(callId)
    expect(waiting?.visits[0]?.waitingBecause).toMatch(/not suit: it asks for x >= 5. In \d+ s it asks for less/)
    await world.run(60_000)
    const told = (await engine.calls.explain(callId))?.visits[0]?.moments ?? []
    expect(told.map(({ words }) => words)).toEqual([
      expect.stringMatching(/^Entered q at place 1 with priority 0/),
      expect.stringMatching(
        /^Offered to ada: longest idle: \d+ s. 1 free agent to choose from; not: bob \(.*x.*\); asked for: x >= 5; place 1 of 1.$/,
      ),
      'ada did not answer within 4.9 s.',
      expect.stringMatching(/^Waits again, at place 1, and keeps its time of arrival/),
      expect.stringMatching(/^No agent who suits it and may have it was free for 15 s \(then: 1 cooldown\).$/),
      'user:sue set its priority to 7.',
      'Nobody was found for x >= 5 in time: now it asks for anyone; 2 signed-in agents suit.',
      expect.stringMatching(
        /^Offered to bob: longest idle: 20 s. 1 free agent to choose from; not free: 1 cooldown; asked for: anyone; place 1 of 1.$/,
      ),
      'bob answered after 0.9 s.',
      'Talks to bob after 21 s.',
    ])
    const after = told.map(({ afterMs }) => afterMs)
    expect(after).toEqual([...after].sort((a, b) => a - b))
    expect(after.slice(-4, -2)).toEqual([20_000, 20_000])
    await world.stop()
  })

  it('say who was served meanwhile, by which rule, and what somebody made it prefer or avoid', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [{ id: 'q', wrapUpMs: 0 }],
        agents: [{ id: 'ada', name: 'Ada Byron', queues: ['q'] }],
        numbers: [
          { match: 'n', queue: 'q' },
          { match: 'vip', queue: 'q', priority: 5 },
        ],
        media: { timeoutMs: 0 },
      },
    })
    const { engine } = world
    const [, , late, leaver] = [
      await world.call('n', plan),
      await world.call('n', plan),
      await world.call('n', plan),
      await world.call('n', { ...plan, patienceMs: 18_000 }),
      await world.call('vip', plan),
    ]
    expect(late).toBeDefined()
    await world.run(1_000)
    const [, , third, fourth] = engine.calls.live().map(({ callId }) => callId)
    engine.agents.signIn('ada', { availability: 'available' })
    await world.run(10_000)
    engine.calls.setAttributes(third ?? '', { avoidAgents: 'ada' }, { actor: 'user:sue' })
    engine.calls.setAttributes(third ?? '', { preferredAgents: 'ada:90', avoidAgents: '' }, { actor: 'user:sue' })
    const because = (await engine.calls.explain(third ?? ''))?.visits[0]?.waitingBecause
    expect(because).toMatch(
      /So far 2 agents who suit it were given to others: 1 call was before it in line, 1 overtook/,
    )
    await world.run(60_000)
    const wordsOf = async (callId = '') =>
      (await engine.calls.explain(callId))?.visits[0]?.moments.map(({ words }) => words) ?? []
    const told = await wordsOf(third)
    expect(told).toEqual([
      expect.stringMatching(/^Entered q at place 3/),
      expect.stringMatching(
        /^No agent who suits it and may have it was left for it for \d+ s. Meanwhile 3 agents who suit it were given to others: 2 calls were before it in line, 1 overtook it by priority.$/,
      ),
      'user:sue made it avoid Ada Byron.',
      'user:sue made it prefer Ada Byron (score 90).',
      'user:sue made it avoid nobody any more.',
      expect.stringMatching(/^Nobody was found for preferred agents in time/),
      expect.stringMatching(/^Offered to Ada Byron: preferred with score 90; longest idle/),
      expect.stringMatching(/^Ada Byron answered after/),
      expect.stringMatching(/^Talks to Ada Byron after/),
    ])
    expect((await engine.calls.explain(third ?? ''))?.summary).toMatch(/^(Talking to|Handled by) Ada Byron/)
    expect(leaver).toBeDefined()
    expect((await wordsOf(fourth)).slice(-2)).toEqual([
      expect.stringMatching(/^No agent .* Meanwhile \d agents? who suits? it w.* given to/),
      expect.stringMatching(/^The caller left after 18 s, queued.$/),
    ])
    await world.stop()
  })

  it('say what the rings of a bullseye ask for', async () => {
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [{ id: 'q', requirements: 'x and y', bullseye: [{ timeoutMs: 10_000, removeSkills: ['x'] }] }],
        agents: [
          { id: 'ada', queues: ['q'], skills: { x: 8, y: 2 } },
          { id: 'bob', queues: ['q'], skills: { y: 2 } },
        ],
        numbers: [{ match: 'n', queue: 'q' }],
        media: { timeoutMs: 0 },
      },
    })
    const { engine } = world
    engine.agents.signIn('ada', { availability: 'notReady' })
    engine.agents.signIn('bob', { availability: 'available' })
    await world.call('n', plan)
    await world.run(30_000)
    const callId = (await engine.calls.ended({ limit: 1 }))[0]?.callId ?? engine.calls.live()[0]?.callId ?? ''
    const told = (await engine.calls.explain(callId))?.visits[0]?.moments.map(({ words }) => words) ?? []
    expect(told[0]).toMatch(/asking for x and y[.;]/)
    expect(told).toContain('Nobody was found for ring 1 in time: now it asks for ring 2: y; 2 signed-in agents suit.')
    expect(told.find(words => words.startsWith('Offered to bob'))).toMatch(/asked for: ring 2: y;/)
    await world.stop()
  })
})
