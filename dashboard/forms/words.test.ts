/** The table of labels, hints and short forms. */
import { expect, test } from 'vitest'
import { briefOf, hintOf, labelOf, singularOf } from './words.ts'

test.each([
  ['ringTimeoutMs', 'Ring timeout'],
  ['nonceTtlMs', 'Nonce TTL'],
  ['sessionExpiresSec', 'Session expires'],
  ['nat', 'NAT'],
  ['maxWaiting', 'Max waiting'],
  ['id', 'Id'],
])('%s is called %s', (key, label) => {
  expect(labelOf(key)).toBe(label)
})

test('a title of the schema goes first', () => {
  expect(labelOf('blocked', { type: 'array', title: 'Block list' })).toBe('Block list')
})

test.each([
  ['atLeast', { type: 'integer', minimum: 0, maximum: 86_400_000, 'x-unit': 'ms' as const }, '0 s – 1 d'],
  ['ringTimeoutMs', { type: 'integer', minimum: 1000, maximum: 600_000, description: 'rings' }, 'Rings. 1 s – 10 min'],
  ['priority', { type: 'integer', minimum: 0, maximum: 100, description: 'first' }, 'First. 0 – 100'],
  ['music', { type: 'string' }, ''],
])('%s is explained', (key, node, hint) => {
  expect(hintOf(key, node)).toBe(hint)
})

test.each([
  ['', { afterMs: 120_000, to: { queue: 'sales' } }, 'after 2 min, to queue sales'],
  [
    '',
    { when: { ewtMs: { atLeast: 600_000 }, waiting: { atLeast: 20 } } },
    'when ewt at least 10 min, waiting at least 20',
  ],
  ['', { hangup: true }, 'hangup'],
  ['', { gather: { into: 'choice', accept: ['1', '2'] } }, 'gather into choice, accept 1, 2'],
  ['', ['a', 'b', 'c', 'd'], 'a, b, c, d'],
  ['', Array.from({ length: 40 }, () => 'x'), '40'],
  ['', [{ a: 1 }], '1'],
  ['', [], '0'],
  ['expiresSec', 90, '1 min 30 s'],
  ['password', null, 'none'],
])('%s %j in short', (key, value, text) => {
  expect(briefOf(key, value)).toBe(text)
})

test.each([
  ['dispositions', 'disposition'],
  ['addresses', 'address'],
  ['notReadyReasons', 'not ready reason'],
  ['bullseye', 'bullseye'],
])('one of %s is a %s', (key, one) => {
  expect(singularOf(key)).toBe(one)
})
