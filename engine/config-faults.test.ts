/** What the schema refuses: said of the alternative that was meant, and whenever the compiled schema refuses, too. */
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { describe, expect, it, test } from 'vitest'
import { CenterConfig } from './config.ts'
import { parseCenter } from './config-check.ts'
import { type SchemaNode, schemaFaults } from './config-faults.ts'
import { EngineError } from './errors.ts'

function faultsOf(input: unknown): readonly string[] {
  try {
    parseCenter(input)
    return []
  } catch (error) {
    return error instanceof EngineError
      ? error.problems.map(({ path, allowed }) => `${path}: ${allowed}`)
      : [String(error)]
  }
}

const id = 'text that matches ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
const queue = (settings: object) => ({ queues: [{ id: 'a', ...settings }] })

test.each([
  [7, ['(root): of type object']],
  [
    queue({ ringTimeoutMs: 5, musik: 1 }),
    ['queues[0].ringTimeoutMs: >= 1000', /^queues\[0\]\.musik: the keys id, name, /],
  ],
  [{ queues: [{}] }, ['queues[0].id: a value: this key is required']],
  [queue({ overflow: [{ afterMs: 1, to: { queue: '' } }] }), [`queues[0].overflow[0].to.queue: ${id}`]],
  [queue({ overflow: [{ afterMs: 1, to: { reject: 'x' } }] }), ['queues[0].overflow[0].to.reject: of type integer']],
  [
    queue({ overflow: [{ afterMs: 1, to: {} }] }),
    ['queues[0].overflow[0].to: { queue } or { number } or { flow } or { voicemail } or { callback } or { reject }'],
  ],
  [queue({ admission: { allPaused: 'perhaps' } }), [/^queues\[0\]\.admission\.allPaused: admit or \{ queue \} or /]],
  [queue({ callback: { offer: { key: 'x' } } }), ['queues[0].callback.offer.key: text such as 1']],
  [queue({ wrapUp: { dispositions: ['a', 'a'] } }), ['queues[0].wrapUp.dispositions: each of them once']],
  [{ agents: [{ id: 'a', queues: [{ id: '', delayMs: 5 }] }] }, [`agents[0].queues[0].id: ${id}`]],
  [{ agents: [{ id: 'a', skills: { x: 99 } }] }, ['agents[0].skills.x: <= 10']],
  [{ agents: [{ id: 'a', skills: { x: 'good' } }] }, ['agents[0].skills.x: of type integer or true']],
  [{ trunks: [{ id: 'a', register: 5 }] }, ['trunks[0].register: of type object or of type null']],
  [{ hours: [{ id: 'a', emergency: 'ajar' }] }, ['hours[0].emergency: open | closed']],
  [{ flows: [{ id: 'a', steps: [] }] }, ['flows[0].steps: at least 1 of them']],
  [
    { flows: [{ id: 'a', steps: [{ set: {} }, { set: { x: 1 } }] }] },
    ['flows[0].steps[0].set: at least 1 of them', 'flows[0].steps[1].set.x: of type string'],
  ],
  [{ agents: [{ id: 'a b' }] }, ['agents[0].id: text such as support']],
  [
    { hours: [{ id: 'a', weekly: [{ days: ['mon'], from: '9', to: '24:00' }] }] },
    ['hours[0].weekly[0].from: text such as 09:30'],
  ],
  [{ media: { mode: 'smoke' } }, ['media.mode: relay | direct']],
])('%j', (input, faults) => {
  expect(faultsOf(input)).toEqual(
    faults.map(fault => (typeof fault === 'string' ? fault : expect.stringMatching(fault))),
  )
})

test('a secret is not told', () => {
  expect(() => parseCenter({ agents: [{ id: 'a', number: '1', pin: 'letters' }] })).toThrow('(secret)')
})

describe('the words and the compiled schema', () => {
  const node = CenterConfig as SchemaNode
  const validator = Compile(CenterConfig)
  const whole = Value.Default(CenterConfig, {
    queues: [
      {
        id: 'a',
        overflow: [{ afterMs: 1, to: { queue: 'b' } }],
        bullseye: [{ timeoutMs: 5 }],
        callback: { offer: {} },
      },
    ],
    agents: [
      { id: 'ada', queues: ['a', { id: 'b', priority: 1, delayMs: 1, weight: 1, signedIn: true }], skills: { x: 3 } },
    ],
    numbers: [{ match: '1', queue: 'a' }],
    trunks: [{ id: 't', register: { expiresSec: 600 } }],
    flows: [{ id: 'f', steps: [{ say: ['x'] }, { gather: { into: 'y' } }, { enqueue: 'a' }, { hangup: true }] }],
    mailboxes: [{ id: 'm' }],
    blocked: [{ match: '2' }],
  })
  const paths = leavesOf(whole, [])
  const odd = fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0.5,
    7,
    1e9,
    '',
    'a b',
    'on',
    [],
    ['a', 'a'],
    {},
    { queue: 'a' },
    { x: 1 },
  )

  it('agree on what is refused', () => {
    expect(paths.length).toBeGreaterThan(100)
    fc.assert(
      fc.property(fc.constantFrom(...paths), odd, (path, value) => {
        const changed = structuredClone(whole)
        const last = path.at(-1) ?? ''
        const holder = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], changed as unknown)
        ;(holder as Record<string, unknown>)[last] = value
        const filled = Value.Default(CenterConfig, changed)
        const faults = schemaFaults(node, filled, '')
        expect(faults.length === 0, JSON.stringify([path, value, faults])).toBe(validator.Check(filled))
      }),
      { numRuns: 3_000 },
    )
  })
})

/** Every place in a value, the containers as well. */
function leavesOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [...(path.length === 0 ? [] : [path]), ...inner.flatMap(([key, item]) => leavesOf(item, [...path, key]))]
}
