/** Digits on the test clock. */
import { describe, expect, it } from 'vitest'
import type { GatherRequest } from '../api.ts'
import { parseGather } from '../config-intake-check.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { type Gathered, Gathering } from './gathering.ts'

function ask(request: GatherRequest = {}, ahead = '') {
  const clock = createTestClock()
  const said: string[] = []
  const gathered: Gathered[] = []
  let end: (() => void) | null = null
  const voice = {
    play(prompts: readonly string[], done: () => void) {
      said.push(prompts.join('+'))
      end = done
    },
    hush() {
      said.push('hush')
      end = null
    },
  }
  const run = new Gathering(parseGather(request), clock, voice, result => gathered.push(result))
  const left = [...ahead]
  run.begin(() => left.shift() ?? '')
  return { left, clock, said, gathered, run, promptEnds: () => end?.() }
}

describe('digits', () => {
  it('interrupt the prompt, and end at the last one that is wanted', () => {
    const { said, gathered, run, clock } = ask({ say: 'menu', digits: 2 })
    run.press('4')
    expect(said).toEqual(['menu', 'hush'])
    run.press('2')
    expect(gathered).toEqual([{ outcome: 'digits', digits: '42' }])
    expect(clock.pending).toBe(0)
  })

  it('are not heard during a prompt that is to be listened to', () => {
    const { said, gathered, run, promptEnds } = ask({ say: 'terms', bargeIn: false }, '7')
    run.press('1')
    expect(said).toEqual(['terms'])
    promptEnds()
    run.press('2')
    expect(gathered).toEqual([{ outcome: 'digits', digits: '2' }])
  })

  it('may come before the question', () => {
    expect(ask({ say: 'menu' }, '5')).toMatchObject({ said: [], gathered: [{ outcome: 'digits', digits: '5' }] })
  })

  it('are left to the next question where this one does not need them', () => {
    expect(ask({ say: 'menu' }, '12')).toMatchObject({ gathered: [{ digits: '1' }], left: ['2'] })
    expect(ask({ digits: 4 }, '12#34')).toMatchObject({ gathered: [{ digits: '12' }], left: ['3', '4'] })
    // The "#" ended the input before, which was complete without it.
    expect(ask({ say: 'menu' }, '#2')).toMatchObject({ said: [], gathered: [{ digits: '2' }], left: [] })
    expect(ask({ say: 'menu', bargeIn: false }, '12')).toMatchObject({ said: ['menu'], gathered: [], left: [] })
  })

  it('are asked for once more, whatever was pressed behind a wrong one', () => {
    const { said, run, gathered } = ask({ say: 'menu', accept: ['1', '2'] }, '912')
    expect(said).toEqual(['please-try-again+menu'])
    run.press('1')
    expect(gathered).toEqual([{ outcome: 'digits', digits: '1' }])
  })

  it('end with #, or when nothing more comes', () => {
    const byKey = ask({ digits: 10 })
    for (const digit of '123#') byKey.run.press(digit)
    expect(byKey.gathered).toEqual([{ outcome: 'digits', digits: '123' }])
    const bySilence = ask({ digits: 10, interDigitMs: 3000 })
    bySilence.run.press('1')
    bySilence.clock.advance(2999)
    bySilence.run.press('2')
    bySilence.clock.advance(2999)
    expect(bySilence.gathered).toEqual([])
    bySilence.clock.advance(1)
    expect(bySilence.gathered).toEqual([{ outcome: 'digits', digits: '12' }])
  })

  it('end at once at a choice that is no beginning of another', () => {
    const { run, gathered, clock } = ask({ digits: 3, accept: ['1', '2', '21'] })
    run.press('2')
    expect(gathered).toEqual([])
    clock.advance(3000)
    expect(gathered).toEqual([{ outcome: 'digits', digits: '2' }])
    const other = ask({ digits: 3, accept: ['1', '2', '21'] })
    other.run.press('1')
    expect(other.gathered).toEqual([{ outcome: 'digits', digits: '1' }])
  })

  it('are asked for again, with a word about it if they were wrong', () => {
    const { said, gathered, run, promptEnds, clock } = ask({ say: 'menu', accept: ['1'], tries: 3, timeoutMs: 5000 })
    promptEnds()
    clock.advance(5000)
    promptEnds()
    run.press('8')
    promptEnds()
    expect(gathered).toEqual([])
    clock.advance(5000)
    expect(said).toEqual(['menu', 'menu', 'please-try-again+menu'])
    expect(gathered).toEqual([{ outcome: 'noInput', digits: '' }])
    expect(clock.pending).toBe(0)
  })

  it('are not enough', () => {
    const { gathered, run, clock } = ask({ digits: 6, min: 4, tries: 1 })
    for (const digit of '12#') run.press(digit)
    expect(gathered).toEqual([{ outcome: 'invalid', digits: '12' }])
    expect(clock.pending).toBe(0)
  })

  it('come to nothing once it is stopped', () => {
    const { gathered, run, promptEnds, clock } = ask({ say: 'menu' })
    run.stop()
    promptEnds()
    run.press('1')
    clock.advance(60_000)
    expect(gathered).toEqual([])
  })
})

it('refuses what no step could ask', () => {
  expect(() => parseGather({ digits: 0 })).toThrow('digits')
  expect(() => parseGather({ accept: ['a'] })).toThrow('accept')
})
