/** Drafts against the real schema of the center: nothing is lost by leaving defaults out, nor by two people's changes. */
import { describe, expect, it } from 'vitest'
import { CenterConfig } from '../../engine/config.ts'
import { parseCenter, withoutSecrets } from '../../engine/config-check.ts'
import { defaultOf, differences, isSame, pathText, rebase, valueAt, withoutDefaults, withValueAt } from './draft.ts'
import { type SchemaNode, shapeOf } from './schema.ts'

// As it comes by HTTP.
const root = JSON.parse(JSON.stringify(CenterConfig)) as SchemaNode
const nodeAt = (...keys: string[]): SchemaNode =>
  keys.reduce<SchemaNode>((node, key) => (key === '[]' ? node.items : node.properties?.[key]) ?? {}, root)

const rich = {
  countryCode: '44',
  queues: [
    {
      id: 'support',
      strategy: 'optimal',
      strategyOptions: { windowMs: 200 },
      steps: [{ expression: 'a >= 2', afterMs: 1000 }],
      overflow: [
        { afterMs: 1000, to: { queue: 'sales' } },
        { afterMs: 2000, to: { reject: 480 } },
      ],
      admission: { noneSignedIn: { reject: 486 }, allPaused: { queue: 'sales' } },
      callback: { offer: {}, numbers: ['+44'] },
      hours: 'office',
      closed: { voicemail: 'box' },
      announce: { position: true },
    },
    { id: 'sales' },
  ],
  agents: [
    { id: 'ada', queues: ['support', { id: 'sales', delayMs: 1000 }], skills: { a: 3, b: true }, devices: ['desk1'] },
  ],
  devices: [{ id: 'desk1', zipTone: true }],
  numbers: [{ match: '+4420*', flow: 'main', queue: 'support', lookup: { url: 'https://crm.example', lateMs: 500 } }],
  trunks: [{ id: 'carrier', host: 'sip.example', username: 'center', register: {} }],
  hours: [
    { id: 'office', weekly: [{ days: ['mon'], from: '09:00', to: '17:00' }], exceptions: [{ date: '2026-12-25' }] },
  ],
  flows: [
    {
      id: 'main',
      steps: [
        { say: 'welcome' },
        { gather: { into: 'choice', tries: 5, say: ['welcome', 'menu'] } },
        { branch: { on: 'choice', cases: { '1': 'end' } } },
        { voicemail: { mailbox: 'box', otherwise: 'end' } },
        { callback: 'support' },
        {
          id: 'end',
          enqueue: {
            queue: 'support',
            priority: 3,
            steps: [{ expression: 'a >= 2', afterMs: 1000 }],
            preferredAgents: ['ada', { agentId: 'ada', score: 80 }],
            avoidAgents: ['ada'],
          },
        },
        { hangup: true },
      ],
    },
  ],
  mailboxes: [{ id: 'box', queues: ['support'], greeting: [] }],
  blocked: [{ match: '+44900*' }, { match: '1', to: { queue: 'sales' } }],
  outbound: [{ prefix: '+44', trunk: 'carrier' }],
  agentPolicy: { phoneCodes: { signIn: null }, missed: { noAnswer: { toNotReady: 1 } } },
  media: { mode: 'direct' },
}

describe('a draft', () => {
  it('holds what differs from the defaults, and means the same', () => {
    const full = withoutSecrets(parseCenter(rich))
    const sparse = withoutDefaults(root, full) as typeof rich
    expect(sparse).toMatchObject({ countryCode: '44', agentPolicy: rich.agentPolicy, media: { mode: 'direct' } })
    expect(sparse.queues[1]).toEqual({ id: 'sales', name: 'sales' })
    expect(sparse.queues[0]).toMatchObject({ callback: { offer: {}, numbers: ['+44'] }, announce: { position: true } })
    expect(sparse.agents[0]).toMatchObject({ queues: ['support', { id: 'sales', delayMs: 1000 }] })
    expect(sparse.trunks[0]).toEqual(rich.trunks[0])
    expect(sparse.flows).toEqual(rich.flows)
    expect(Object.keys(sparse)).not.toContain('sip')
    expect(withoutSecrets(parseCenter(sparse))).toEqual(full)
  })

  it('knows what holds for what is not given', () => {
    expect(defaultOf(nodeAt('queues', '[]', 'ringTimeoutMs'))).toBe(15_000)
    expect(defaultOf(nodeAt('queues', '[]', 'announce'))).toEqual({ position: false, wait: false, everyMs: 30_000 })
    expect(defaultOf(nodeAt('queues', '[]', 'hours'))).toBeUndefined()
    expect(withoutDefaults(nodeAt('media'), { timeoutMs: 60_000, mode: 'relay' })).toEqual({})
    // A mailbox with one prompt is written as one, and a group that says nothing as nothing.
    expect(withoutDefaults(nodeAt('mailboxes', '[]'), { id: 'a', greeting: ['x'] })).toEqual({ id: 'a', greeting: 'x' })
    expect(withoutDefaults(nodeAt('queues', '[]'), { id: 'a', announce: {} })).toEqual({ id: 'a' })
  })

  it('is read and changed by path', () => {
    const value = { a: [{ b: 1 }, { b: 2 }], c: 3 }
    expect(valueAt(value, ['a', 1, 'b'])).toBe(2)
    expect(valueAt(value, ['c', 'd', 0])).toBeUndefined()
    expect(withValueAt(value, ['a', 0, 'b'], undefined)).toEqual({ a: [{}, { b: 2 }], c: 3 })
    expect(withValueAt(value, ['d', 'e'], 4)).toEqual({ ...value, d: { e: 4 } })
    expect(Object.keys(withValueAt({ x: 1, y: 2 }, ['x'], 5) as object)).toEqual(['x', 'y'])
    expect(pathText(['steps', 0, 'gather', 'into'])).toBe('steps[0].gather.into')
    expect(pathText([])).toBe('(root)')
  })

  it('says where two differ', () => {
    expect(differences({ a: 1, b: { c: 2, d: [1] } }, { a: 1, b: { c: 3, d: [2] }, e: 4 })).toEqual([
      ['b', 'c'],
      ['b', 'd'],
      ['e'],
    ])
    expect(isSame({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBe(true)
    expect(isSame({ a: undefined }, { b: undefined })).toBe(false)
  })
})

describe('the changes of two people', () => {
  const base = { name: 'Support', wrapUpMs: 1, announce: { position: true }, steps: [1] }

  it('are both kept where they are of different settings', () => {
    const mine = { ...base, wrapUpMs: 2, announce: { position: true, everyMs: 9 } }
    const { announce: _announce, ...theirs } = { ...base, name: 'Help' }
    expect(rebase(base, mine, theirs)).toEqual({
      value: { name: 'Help', wrapUpMs: 2, steps: [1], announce: { everyMs: 9 } },
      both: [],
    })
  })

  it('of the same setting are told, and mine is in the draft', () => {
    const rebased = rebase(base, { ...base, steps: [1, 2], name: 'A' }, { ...base, steps: [3], name: 'A' })
    expect(rebased).toEqual({
      value: { ...base, steps: [1, 2], name: 'A' },
      both: [{ path: ['steps'], theirs: [3] }],
    })
    const { name: _name, ...without } = base
    expect(rebase(base, without, { ...base, name: 'B' }).both).toEqual([{ path: ['name'], theirs: 'B' }])
  })
})

describe('every setting of the center', () => {
  it('has a shape that a form can show', () => {
    const kinds = new Map<string, string[]>()
    const walk = (node: SchemaNode, key: string, path: string): void => {
      const shape = shapeOf(node, key)
      kinds.set(shape.kind, [...(kinds.get(shape.kind) ?? []), path])
      if (shape.kind === 'group' || shape.kind === 'shorthand')
        for (const [name, child] of Object.entries(shape.group.properties ?? {})) walk(child, name, `${path}.${name}`)
      if (shape.kind === 'list' || shape.kind === 'some' || shape.kind === 'several') walk(shape.item, '', `${path}[]`)
      if (shape.kind === 'map') walk(shape.value, '', `${path}{}`)
      if (shape.kind === 'nullable') walk(shape.inner, key, path)
      if (shape.kind === 'ways')
        for (const { node: way, key: only } of shape.ways) walk(way.properties?.[only ?? ''] ?? way, only ?? '', path)
    }
    walk(root, '', '')
    const groups = ['group', 'list', 'map', 'nullable', 'several', 'shorthand', 'some', 'ways']
    const scalars = ['choice', 'duration', 'fixed', 'flag', 'number', 'reference', 'text']
    expect([...kinds.keys()].sort()).toEqual([...groups, ...scalars].sort())
    const steps = ['enqueue', 'voicemail', 'callback'].map(action => `.flows[].steps[].${action}`)
    const named = steps.filter(step => !step.endsWith('voicemail')).map(step => `${step}.preferredAgents[]`)
    expect(kinds.get('shorthand')?.sort()).toEqual(['.agents[].queues[]', ...steps, ...named].sort())
    expect(kinds.get('some')).toContain('.mailboxes[].greeting')
    expect(kinds.get('ways')).toEqual(
      expect.arrayContaining(['.queues[].overflow[].to', '.queues[].admission.allPaused', '.agents[].skills{}']),
    )
    expect(kinds.get('duration')).toEqual(expect.arrayContaining(['.queues[].ringTimeoutMs', '.sip.sessionExpiresSec']))
  })
})
