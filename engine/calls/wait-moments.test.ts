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
})
