import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { promptLanguages } from '../config-intake.ts'
import { readWav } from '../media/audio/wav.ts'
import { announcementNames } from '../queues/announcement.ts'
import { readPrompts } from './media-prompts.ts'

describe('the bundled prompts', () => {
  it('are all there in each language, 16 kHz, audible, small', () => {
    const prompts = readPrompts()
    for (const language of promptLanguages) {
      const said = [...announcementNames(language), 'please-try-again', 'we-are-closed', 'welcome', 'goodbye']
      expect(prompts.names).toEqual(expect.arrayContaining(said.map(name => `${language}/${name}`)))
    }
    let total = 0
    for (const name of prompts.names) {
      const bytes = prompts.load(name)
      total += bytes.length
      const wav = readWav(bytes)
      expect(wav?.sampleRateHz).toBe(16_000)
      const durationMs = (wav?.samples.length ?? 0) / 16
      const isTone = name.endsWith('/zip-tone')
      expect(durationMs, name).toBeGreaterThan(isTone ? 150 : 250)
      expect(durationMs, name).toBeLessThan(7000)
      const peak = wav?.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) ?? 0
      // An agent has the zip tone right at his ear, unasked.
      expect(peak, name).toBeGreaterThan(isTone ? 3000 : 8000)
    }
    expect(total).toBeLessThan(8_000_000)
  })

  it("give way to those of the operator's folder", () => {
    const folder = mkdtempSync(join(tmpdir(), 'strowger-prompts-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'de'))
    writeFileSync(join(folder, 'menu.wav'), 'a menu')
    writeFileSync(join(folder, 'de', 'goodbye.wav'), 'tschuess')
    const { names, load } = readPrompts(folder)
    expect(names).toContain('menu')
    expect(Buffer.from(load('menu')).toString()).toBe('a menu')
    expect(Buffer.from(load('de/goodbye')).toString()).toBe('tschuess')
    expect(readWav(load('en/goodbye'))).not.toBeNull()
  })
})
