import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExpressionCache } from './cache.ts'
import {
  accessSkills,
  type Expression,
  expressionText,
  meanLevel,
  meets,
  type Skills,
  unmet,
  unmetWords,
  wantedSkills,
  without,
} from './expression.ts'
import { ExpressionError, maxDepth, maxLength, maxTerms, parseExpression } from './parser.ts'

const example = 'billing >= 5 and (lang.en or lang.de >= 3) and not trainee'

describe('expressions: meaning', () => {
  it.each<[string, Skills, boolean]>([
    [example, { billing: 5, 'lang.en': true }, true],
    [example, { billing: 5, 'lang.de': 2 }, false],
    [example, { billing: 4, 'lang.en': 10 }, false],
    [example, { billing: 9, 'lang.en': 10, trainee: true }, false],
    ['billing', {}, false],
    ['billing', { billing: true }, true],
    ['billing >= 10', { billing: true }, true],
    ['billing < 3', {}, true],
    ['billing = 0', {}, true],
    ['billing != 4', { billing: 4 }, false],
    ['billing <= 4 AND billing > 3', { billing: 4 }, true],
    ['a or b and c', { a: 1 }, true],
    ['(a or b) and c', { a: 1 }, false],
    ['not a or b', { a: 1, b: 1 }, true],
    ['not (a or b)', { b: 1 }, false],
    ['not not a', { a: 1 }, true],
    ['toString', {}, false],
    ['constructor >= 1', {}, false],
  ])('%s for %j: %s', (text, skills, expected) => {
    expect(meets(parseExpression(text), skills)).toBe(expected)
    expect(unmet(parseExpression(text), skills).length === 0).toBe(expected)
  })

  it('names what stands in the way', () => {
    const failing = unmet(parseExpression(example), { billing: 3, trainee: true })
    expect(failing).toEqual([
      { skill: 'billing', has: 3, needs: '>= 5' },
      { skill: 'lang.en', has: 0, needs: 'any' },
      { skill: 'lang.de', has: 0, needs: '>= 3' },
      { skill: 'trainee', has: 10, needs: 'none' },
    ])
    expect(unmetWords(failing.slice(0, 2))).toBe('billing: has 3, needs >= 5; lang.en: has none, needs any')
  })

  it.each<[string, Skills, readonly string[], number]>([
    ['x and y', { x: 4, y: 6 }, ['x', 'y'], 5],
    ['x and x >= 3', { x: 4 }, ['x'], 4],
    ['x or y', { x: 10 }, ['x'], 10],
    ['x or y', { x: 4, y: 7 }, ['y'], 7],
    ['x >= 5 or y', { x: 4, y: 2 }, ['y'], 2],
    ['(x and y) or z', { x: 9, y: 3, z: 5 }, ['x', 'y'], 6],
    ['x and (y or z)', { x: 8, y: 2, z: 4 }, ['x', 'z'], 6],
    ['x and y <= 5', { x: 3, y: 5 }, ['x'], 3],
    ['x <= 5 or y', { x: 5 }, [], 0],
    ['not x and y != 3', { y: 8 }, [], 0],
    ['x = 7', { x: 7 }, ['x'], 7],
  ])('counts for "%s" and %j: %j', (text, skills, names, level) => {
    expect(wantedSkills(parseExpression(text))(skills)).toEqual(names)
    expect(meanLevel(skills, names)).toBe(level)
  })

  it.each([
    [['billing'], '(lang.en or lang.de >= 3) and not trainee'],
    [['lang.en'], 'billing >= 5 and lang.de >= 3 and not trainee'],
    [['trainee', 'lang.en', 'lang.de'], 'billing >= 5'],
    [['trainee', 'lang.en', 'lang.de', 'billing'], null],
  ])('without %j: %s', (skills, expected) => {
    const rest = without(parseExpression(example), new Set(skills))
    expect(rest === null ? null : expressionText(rest)).toBe(expected)
  })
})

describe('expressions: what is refused, and where', () => {
  it.each([
    ['', 1, 'expected a skill, "not" or "(", found the end'],
    ['billing >=', 11, 'expected a level from 0 to 10, found the end'],
    ['billing >= 11', 12, 'expected a level from 0 to 10, found 11'],
    ['billing => 5', 9, 'expected one of >=, >, <=, <, =, !=, found "=>"'],
    ['billing & lang', 9, 'unexpected "&"'],
    ['(a or b', 8, 'expected ")", found the end'],
    ['a b', 3, 'expected "and", "or" or the end, found "b"'],
    ['a and', 6, 'expected a skill, "not" or "(", found the end'],
    ['a)', 2, 'expected "and", "or" or the end, found ")"'],
    ['5 <= a', 1, 'expected a skill, "not" or "(", found "5"'],
    ['x'.repeat(maxLength + 1), maxLength + 1, `more than ${maxLength} characters`],
    [`${'('.repeat(maxDepth + 1)}a${')'.repeat(maxDepth + 1)}`, maxDepth + 1, `nested more than ${maxDepth} deep`],
    [Array.from({ length: maxTerms + 1 }, () => 'a').join(' or '), maxTerms * 5 + 1, `more than ${maxTerms} skills`],
  ])('%s', (text, position, message) => {
    let caught: unknown
    try {
      parseExpression(text)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(ExpressionError)
    expect(caught).toMatchObject({ position, message: `${message} at position ${position}` })
  })

  it('gives an expression or an ExpressionError for any text, and nothing else', () => {
    const piece = fc.constantFrom('a', 'b.c', 'and', 'or', 'not', '(', ')', '>=', '<', '=', '3', '12', ' ', '-', '"')
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(piece, { maxLength: 30 }).map(parts => parts.join(' ')),
    )
    fc.assert(
      fc.property(text, given => {
        try {
          parseExpression(given)
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

const expression: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression; term: Expression }>(tie => ({
  term: fc.record({
    kind: fc.constant('skill' as const),
    skill: fc.constantFrom('a', 'b', 'c'),
    comparison: fc.constantFrom('>=', '>', '<=', '<', '=', '!='),
    level: fc.nat({ max: 10 }),
  }),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('term'),
    fc.record({ kind: fc.constant('not' as const), of: tie('any') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('any'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).any
const skillSet: fc.Arbitrary<Skills> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constant(true as const)),
)

describe('expressions: properties', () => {
  it('mean the same after being written and read again', () => {
    fc.assert(
      fc.property(expression, skillSet, (given, skills) => {
        const text = expressionText(given)
        if (text.length > maxLength) return
        const again = parseExpression(text)
        expect(expressionText(again)).toBe(text)
        expect(meets(again, skills)).toBe(meets(given, skills))
        expect(unmet(given, skills).length === 0).toBe(meets(given, skills))
      }),
    )
  })

  it('are met by nobody who has none of the skills that give access', () => {
    fc.assert(
      fc.property(expression, skillSet, (given, skills) => {
        const access = accessSkills(given)
        if (access !== null && meets(given, skills)) expect(access.some(skill => skill in skills)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
    const access = (text: string) => accessSkills(parseExpression(text))
    expect(access(example)).toEqual(['billing'])
    expect(access('(x or y) and z < 3')).toEqual(['x', 'y'])
    expect(access('x or not y')).toBeNull()
    expect(access('x >= 5 and not y')).toEqual(['x'])
    expect(access('x <= 5')).toBeNull()
  })
})

describe('expression cache', () => {
  it('parses each text once and forgets the least recently used', () => {
    const cache = new ExpressionCache(2)
    const first = cache.get('a')
    expect(cache.get('a')).toBe(first)
    cache.get('b')
    cache.get('a')
    cache.get('c')
    expect(cache.size).toBe(2)
    expect(cache.get('a')).toBe(first)
    expect(() => cache.get('a and')).toThrow(ExpressionError)
    expect(cache.size).toBe(2)
  })
})
