/** The tone that an agent hears before the customer: it ends by itself, or is given up. */
import { expect, it } from 'vitest'
import type { Playback } from '../ports/media.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { ZipTones } from './zip-tone.ts'

async function begin() {
  const clock = createTestClock()
  const tones = new ZipTones(clock)
  const played: Playback[] = []
  const over: string[] = []
  const play = (playId: string) =>
    void tones.play({ play: playback => void played.push(playback) }, playId).then(() => over.push(playId))
  return { clock, tones, played, over, play }
}

it('is played under the name of the offer, and is over when that is', async () => {
  const { clock, tones, played, over, play } = await begin()
  play('offer-1')
  play('offer-2')
  expect(played).toEqual(['offer-1', 'offer-2'].map(playId => ({ kind: 'prompts', names: ['en/zip-tone'], playId })))
  await clock.advanceAsync(200)
  expect(over).toEqual([])
  tones.ended('offer-2')
  tones.ended('of nobody')
  await clock.advanceAsync(0)
  expect(over).toEqual(['offer-2'])
  tones.ended('offer-1')
  await clock.advanceAsync(0)
  expect(over).toEqual(['offer-2', 'offer-1'])
  expect(clock.pending).toBe(0)
})

it('is waited for no longer than a second where the media never say that it is over', async () => {
  const { clock, tones, over, play } = await begin()
  play('offer-1')
  await clock.advanceAsync(999)
  expect(over).toEqual([])
  await clock.advanceAsync(1)
  expect(over).toEqual(['offer-1'])
  tones.ended('offer-1')
  expect(clock.pending).toBe(0)
})
