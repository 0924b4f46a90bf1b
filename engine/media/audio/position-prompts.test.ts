import { describe, expect, it } from 'vitest'
import { positionPromptNames, positionPrompts } from './position-prompts.ts'

const thanks = 'thank-you-for-waiting'
const number = (...names: string[]) => ['you-are-number', ...names, 'in-line', thanks]

describe('positionPrompts', () => {
  it.each([
    [1, ['you-are-next-in-line', thanks]],
    [2, number('number-2')],
    [13, number('number-13')],
    [20, number('number-20')],
    [21, number('number-20', 'number-1')],
    [30, number('number-30')],
    [99, number('number-90', 'number-9')],
    [100, number('number-1', 'hundred')],
    [342, number('number-3', 'hundred', 'number-40', 'number-2')],
    [911, number('number-9', 'hundred', 'number-11')],
    [1000, [thanks]],
    [0, [thanks]],
    [-3, [thanks]],
    [1.5, [thanks]],
    [Number.NaN, [thanks]],
  ])('says %d as %j', (position, expected) => {
    expect(positionPrompts(position)).toEqual(expected)
  })

  it('needs no prompt that is not named', () => {
    const needed = new Set(Array.from({ length: 1001 }, (_, position) => positionPrompts(position)).flat())
    expect([...needed].sort()).toEqual([...positionPromptNames].sort())
  })
})
