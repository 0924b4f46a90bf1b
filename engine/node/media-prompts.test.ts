import { describe, expect, it } from 'vitest'
import { positionPromptNames } from '../media/audio/position-prompts.ts'
import { readWav } from '../media/audio/wav.ts'
import { readBundledPrompts } from './media-prompts.ts'

describe('the bundled prompts', () => {
  it('are all there, 16 kHz, audible, small', () => {
    const prompts = readBundledPrompts()
    expect(prompts.names).toEqual(expect.arrayContaining([...positionPromptNames]))
    let total = 0
    for (const name of prompts.names) {
      const bytes = prompts.load(name)
      total += bytes.length
      const wav = readWav(bytes)
      expect(wav?.sampleRateHz).toBe(16_000)
      const durationMs = (wav?.samples.length ?? 0) / 16
      expect(durationMs).toBeGreaterThan(250)
      expect(durationMs).toBeLessThan(2500)
      const peak = wav?.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) ?? 0
      expect(peak).toBeGreaterThan(8000)
    }
    expect(total).toBeLessThan(1_500_000)
  })
})
