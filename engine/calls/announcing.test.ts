/** What waiting callers are told, and in which language, on the virtual clock. */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createWorld, type World } from '../simulation/world.ts'
import { watchedMedia } from './testing/watched-media.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0, announce: { position: true, wait: true, everyMs: 10_000 } }],
  agents: [{ id: 'ada', queues: ['support'], alwaysAvailable: true }],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'hilfe', queue: 'support', language: 'de' },
    { match: 'vip', queue: 'support', priority: 9 },
  ],
  media: { timeoutMs: 0 },
}

async function play(
  story: (world: World, heard: ReadonlyMap<number, readonly string[]>) => Promise<void>,
): Promise<void> {
  const heard = new Map<number, string[]>()
  // What each session, by the order of their opening, is to play.
  const media = watchedMedia(session => {
    const said: string[] = []
    heard.set(heard.size, said)
    return {
      play(playback) {
        if (playback.kind === 'prompts') said.push(playback.names.join(' '))
        session.play(playback)
      },
    }
  })
  const world = await createWorld({ seed: 4, center, media })
  try {
    await story(world, heard)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

it('tells place and wait, never more than before, each in the language of the call', async () => {
  await play(async (world, heard) => {
    // Two sessions: the caller and the agent, who talk.
    await world.call('support', { ...patient, talkMs: 85_000 })
    await world.run(3_000)
    expect(world.engine.calls.live()[0]?.state).toBe('connected')
    // Nothing is known yet of how long that takes, and nobody is told a wait that we have made up.
    await world.call('support', patient)
    await world.run(10_500)
    expect(heard.get(2)).toEqual(['en/you-are-next-in-line en/thank-you-for-waiting'])
    await world.run(80_000)
    expect(world.engine.calls.live()[0]?.state).toBe('connected')
    // The next session was the agent's.
    await world.call('support', patient)
    await world.call('hilfe', patient)
    await world.run(10_500)
    const [english, german] = [heard.get(4), heard.get(5)]
    expect(english).toEqual([
      'en/you-are-next-in-line en/wait-is-about en/number-2 en/minutes en/thank-you-for-waiting',
    ])
    expect(german).toEqual([
      'de/you-are-number de/number-2 de/in-line de/wait-is-about de/number-3 de/minutes de/thank-you-for-waiting',
    ])
    // Somebody more important comes in between: the places go back, but nobody is told so.
    await world.call('vip', patient)
    await world.run(10_000)
    expect(english?.[1]).toBe('en/you-are-next-in-line en/thank-you-for-waiting')
    expect(german?.[1]).toBe('de/you-are-number de/number-2 de/in-line de/thank-you-for-waiting')
  })
})
