/** Why a call did not come to an agent, told by a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import { createWorld } from '../simulation/world.ts'

const plan = { patienceMs: 300_000, talkMs: 5_000, talkFrom: 'join' } as const

async function setUp() {
  const world = await createWorld({
    seed: 1,
    center: {
      queues: [
        { id: 'q', wrapUpMs: 0, requirements: 'x', ringTimeoutMs: 5_000, missedOffersToNotReady: 0 },
        { id: 'other', wrapUpMs: 0 },
      ],
      agents: [
        { id: 'ada', name: 'Ada Byron', queues: ['q'], skills: { x: 5 } },
        { id: 'bob', queues: ['q', 'other'], skills: { x: 5 } },
        { id: 'cy', queues: ['other'], skills: { x: 5 } },
        { id: 'dee', queues: ['q'], skills: { y: 5 } },
        { id: 'eve', queues: ['q'], skills: { x: 5 } },
      ],
      numbers: [
        { match: 'n', queue: 'q' },
        { match: 'o', queue: 'other', priority: 9 },
      ],
      media: { timeoutMs: 0 },
    },
  })
  const { engine } = world
  const wordsOf = async (callId: string, agentId: string) =>
    (await engine.calls.explain(callId, { agentId }))?.agent?.moments.map(({ words }) => words)
  const newest = () => engine.calls.live().at(-1)?.callId ?? ''
  return { world, engine, wordsOf, newest }
}

describe('why a call did not come to an agent', () => {
  it('is told of who was free: by both scores, by skills, by queue', async () => {
    const { world, engine, wordsOf, newest } = await setUp()
    for (const id of ['bob', 'cy', 'dee']) engine.agents.signIn(id, { availability: 'available' })
    await world.run(10_000)
    engine.agents.signIn('ada', { availability: 'available' })
    await world.run(5_000)
    await world.call('n', plan)
    await world.run(1_000)
    const callId = newest()
    expect(await wordsOf(callId, 'bob')).toEqual([expect.stringMatching(/^Was rung: longest idle: \d+ s\.$/)])
    expect(await wordsOf(callId, 'ada')).toEqual([
      expect.stringMatching(
        /^Was free, but bob went first: 15\d+ against 5\d+ \(milliseconds idle; the highest wins\). Ada Byron: longest idle: 5 s. bob: longest idle: 15 s.$/,
      ),
    ])
    expect(await wordsOf(callId, 'dee')).toEqual([expect.stringMatching(/^Was free, but kept from it: x: has none/)])
    expect(await wordsOf(callId, 'cy')).toEqual(['Does not serve q (when it was offered to bob).'])
    expect(await wordsOf(callId, 'eve')).toEqual([expect.stringMatching(/^Was signed out when it was offered to bob/)])
    await expect(engine.calls.explain(callId, { agentId: 'nobody' })).rejects.toMatchObject({ code: 'agent.unknown' })
    expect((await engine.calls.explain(callId))?.agent).toBeUndefined()
    await world.stop()
  })

  it('is told of who was not: what he did since when, and what he was given meanwhile', async () => {
    const { world, engine, wordsOf, newest } = await setUp()
    engine.agents.signIn('bob', { availability: 'available' })
    engine.agents.signIn('dee', { availability: 'notReady' })
    engine.agents.setAvailability('dee', 'notReady', { reason: 'lunch' })
    await world.call('o', { ...plan, talkMs: 20_000 })
    await world.run(3_000)
    const first = newest()
    await world.call('n', plan)
    await world.run(2_000)
    const callId = newest()
    await world.call('o', { ...plan, talkMs: 20_000 })
    await world.run(1_000)
    const second = newest()
    expect(await wordsOf(callId, 'bob')).toEqual([
      expect.stringMatching(new RegExp(`^Was on a call now, for \\d.* s, since .*, call ${first}\\.$`)),
    ])
    await world.run(25_000)
    engine.agents.setAvailability('eve', 'available')
    await world.run(10_000)
    expect(await wordsOf(callId, 'bob')).toEqual([
      `Became free, and was given another call, ${second}.`,
      expect.stringMatching(new RegExp(`^Was on a call when it was offered to eve, for .*, call ${second}\\.$`)),
    ])
    expect(await wordsOf(callId, 'dee')).toEqual([
      expect.stringMatching(
        /^Was not ready \(lunch\) when it was offered to eve, for \d+ s, since .*\. He would not have suited it either: x: has none, needs any\.$/,
      ),
    ])
    const moments = (await engine.calls.explain(callId, { agentId: 'bob' }))?.agent?.moments
    expect(moments?.map(({ otherCallId }) => otherCallId)).toEqual([second, undefined])
    await world.run(60_000)
    await world.stop()
  })

  it('is told of who has not taken it, or another one, before', async () => {
    const { world, engine, wordsOf, newest } = await setUp()
    world.react('ada', { kind: 'ignore', ringAfterMs: 100 })
    engine.agents.signIn('ada', { availability: 'available' })
    await world.call('n', plan)
    await world.run(7_000)
    const callId = newest()
    expect((await wordsOf(callId, 'ada'))?.at(-1)).toMatch(
      /^Had not taken an offer \d\.\d s before, and was left alone for a moment \(cooldown\)\. He had not taken it \d\.\d s before \(.+\)\.$/,
    )
    engine.agents.signIn('eve', { availability: 'available' })
    await world.run(20_000)
    expect((await wordsOf(callId, 'ada'))?.at(-1)).toMatch(/cooldown/)
    await world.run(60_000)
    await world.stop()
  })
})
