import { describe, expect, it } from 'vitest'
import { announcementNames, positionPrompts, waitPrompts } from './announcement.ts'

describe('a place in the queue', () => {
  it.each([
    ['en', 1, 'you-are-next-in-line'],
    ['en', 2, 'you-are-number number-2 in-line'],
    ['en', 20, 'you-are-number number-20 in-line'],
    ['en', 21, 'you-are-number number-20 number-1 in-line'],
    ['en', 40, 'you-are-number number-40 in-line'],
    ['en', 100, 'you-are-number number-1 hundred in-line'],
    ['en', 999, 'you-are-number number-9 hundred number-90 number-9 in-line'],
    ['de', 1, 'you-are-next-in-line'],
    ['de', 12, 'you-are-number number-12 in-line'],
    ['de', 21, 'you-are-number number-1-and number-20 in-line'],
    ['de', 100, 'you-are-number hundred in-line'],
    ['de', 101, 'you-are-number hundred number-1 in-line'],
    ['de', 347, 'you-are-number number-3 hundred number-7-and number-40 in-line'],
    ['en', 1000, ''],
    ['en', 0, ''],
    ['de', 2.5, ''],
  ] as const)('%s: %d is %s', (language, position, prompts) => {
    expect(positionPrompts(position, language).join(' ')).toBe(prompts)
  })
})

describe('a wait', () => {
  it.each([
    ['en', 0, 'wait-is-under-a-minute'],
    ['en', 1, 'wait-is-about one-minute'],
    ['en', 35, 'wait-is-about number-30 number-5 minutes'],
    ['de', 35, 'wait-is-about number-5-and number-30 minutes'],
    ['de', 60, 'wait-is-about number-60 minutes'],
    ['de', 61, 'wait-is-over-an-hour'],
  ] as const)('%s: %d minutes are %s', (language, minutes, prompts) => {
    expect(waitPrompts(minutes, language).join(' ')).toBe(prompts)
  })
})

it('needs few prompts', () => {
  expect(announcementNames('en').length).toBeLessThan(50)
  expect(announcementNames('de')).toContain('number-9-and')
})
