/** Flows over a call that only writes down what is done to it. */
import { describe, expect, it } from 'vitest'
import type { LookupAnswer } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { LookupConfig } from '../config-intake.ts'
import { FlowBook } from './flow-runner.ts'
import type { FlowCall, FlowDecision, GatherResult } from './flow-types.ts'
import type { LookupHandlers } from './lookups.ts'

type Steps = NonNullable<NonNullable<CenterInput['flows']>[number]['steps']>

interface Played {
  readonly log: string[]
  readonly decisions: FlowDecision[]
  readonly attributes: Record<string, string>
  readonly secrets: Record<string, string>
  readonly asked: LookupHandlers[]
  readonly said: ((played: boolean) => void)[]
}

interface Plan {
  /** What the caller does at each gather. */
  readonly inputs?: readonly GatherResult[]
  readonly open?: boolean
  /** True: prompts end only when the test says so. */
  readonly slow?: boolean
  readonly steps?: number
}

function play(
  flows: Readonly<Record<string, Steps>>,
  { inputs = [], open = true, slow = false, steps = 200 }: Plan = {},
): Played {
  const center = parseCenter({
    queues: [{ id: 'sales' }, { id: 'support' }],
    agents: [{ id: 'ada' }],
    numbers: [{ match: '200', agent: 'ada' }],
    hours: [{ id: 'office' }],
    mailboxes: [{ id: 'office' }, { id: 'full' }],
    flows: Object.entries(flows).map(([id, one]) => ({ id, steps: one })),
  })
  const played: Played = { log: [], decisions: [], attributes: {}, secrets: {}, asked: [], said: [] }
  const lookups = {
    start: (_: LookupConfig, __: unknown, handlers: LookupHandlers) => void played.asked.push(handlers),
  }
  const verdict = () => ({ open, because: 'weekly' as const, name: null, nextChangeMs: null })
  const book = new FlowBook({ verdict }, lookups)
  book.configure(center.flows)
  const left = [...inputs]
  const call: FlowCall = {
    isOver: () => false,
    guard: work => work(),
    now: () => 0,
    facts: () => ({
      callId: 'c1',
      dnis: 'main',
      trunkId: null,
      ani: { e164: '+442079460000', raw: '02079460000', name: null, withheld: false },
      attributes: played.attributes,
    }),
    secretFacts: () => ({ ...call.facts(), attributes: { ...played.attributes, ...played.secrets } }),
    keep: (name, pressed) => void Object.assign(played.secrets, { [name]: pressed }),
    say(prompts, done) {
      played.log.push(`say ${prompts.join('+')}`)
      if (slow) played.said.push(done)
      else done(true)
    },
    voicemail(mailboxId, wishes, done) {
      played.log.push(`voicemail ${mailboxId} ${JSON.stringify(wishes)}`)
      done({ outcome: 'recorded', messageId: 'm1', durationMs: 9_000, endedBy: 'digit' })
    },
    voicemailRefusal: mailboxId => (mailboxId === 'full' ? 'full' : null),
    callback(asked, onDeclined) {
      played.log.push(`callback ${JSON.stringify(asked)}`)
      if (asked.queue === 'sales') onDeclined()
    },
    gather: (_, done) => done(left.shift() ?? { outcome: 'noInput', digits: '' }),
    setAttributes: changed => void Object.assign(played.attributes, changed),
    matched: (status, matches) => void played.log.push(`matched ${status} ${matches.length}`),
    told: ({ flowId, step, action, result }) => void played.log.push(`${flowId}/${step} ${action}: ${result}`),
    decide: decision => void played.decisions.push(decision),
  }
  book.start('main', call, { left: steps })
  return played
}

const digits = (pressed: string): GatherResult => ({ outcome: 'digits', digits: pressed })

describe('a flow', () => {
  const menu: Steps = [
    { say: 'welcome' },
    { id: 'menu', gather: { into: 'choice', say: ['press-1'], otherwise: 'nobody' } },
    { branch: { on: 'choice', cases: { '1': 'sales', '2*': 'support' }, else: 'menu' } },
    { id: 'sales', enqueue: { queue: 'sales', priority: 5, requirements: 'billing >= 5' } },
    { id: 'support', enqueue: 'support' },
    { id: 'nobody', say: 'goodbye' },
    { hangup: true },
  ]

  it('asks, branches and enqueues, and tells each step with what came of it', () => {
    const { log, decisions, attributes } = play({ main: menu }, { inputs: [digits('9'), digits('1')] })
    expect(decisions).toEqual([{ kind: 'enqueue', queueId: 'sales', priority: 5, requirements: 'billing >= 5' }])
    expect(attributes).toEqual({ choice: '1' })
    expect(log).toEqual([
      'say welcome',
      'main/#1 say: welcome',
      'main/menu gather: choice = 9',
      'main/#3 branch: choice is 9: menu',
      'main/menu gather: choice = 1',
      'main/#3 branch: choice is 1: sales',
      'main/sales enqueue: sales',
    ])
  })

  it('takes the longest beginning of a case', () => {
    expect(play({ main: menu }, { inputs: [digits('27')] }).decisions).toEqual([
      { kind: 'enqueue', queueId: 'support' },
    ])
  })

  it('offers a callback, and goes on for one who declines it', () => {
    const main: Steps = [
      { callback: 'sales' },
      { id: 'again', callback: { queue: 'sales', priority: 3, otherwise: 'wait' } },
      { hangup: true },
      { id: 'wait', callback: 'support' },
      { enqueue: 'support' },
    ]
    const { log, decisions } = play({ main })
    // Who accepts it has left the flow.
    expect(decisions).toEqual([])
    expect(log).toEqual([
      'main/#1 callback: offered in sales',
      'callback {"queue":"sales"}',
      'main/#1 callback: declined',
      'main/again callback: offered in sales',
      'callback {"queue":"sales","priority":3,"otherwise":"wait"}',
      'main/again callback: declined',
      'main/wait callback: offered in support',
      'callback {"queue":"support"}',
    ])
  })

  it('goes elsewhere when nothing is pressed', () => {
    const { log, decisions } = play({ main: menu })
    expect(decisions).toEqual([{ kind: 'hangup' }])
    expect(log).toContain('main/menu gather: nothing was pressed')
  })

  it.each([
    [true, [{ kind: 'agent', agentId: 'ada' }]],
    [false, [{ kind: 'reject', sipCode: 486 }]],
  ])('checks hours (open: %s)', (open, decisions) => {
    const main: Steps = [
      { hours: { check: 'office', closed: 'away' } },
      { transfer: { agent: 'ada' } },
      { id: 'away', reject: 486 },
    ]
    expect(play({ main }, { open }).decisions).toEqual(decisions)
  })

  it('sets attributes from what is known', () => {
    const { attributes } = play({
      main: [
        { set: { from: '{ani.e164}', to: '{dnis}' } },
        { set: { both: '{attributes.from}>{attributes.to}{ani.name}' } },
      ],
    })
    expect(attributes).toEqual({ from: '+442079460000', to: 'main', both: '+442079460000>main' })
  })

  it('goes on in another flow, and to a number', () => {
    const { decisions, log } = play({ main: [{ flow: 'other' }], other: [{ transfer: { number: '200' } }] })
    expect(decisions).toEqual([{ kind: 'number', number: '200' }])
    expect(log).toEqual(['main/#1 flow: other', 'other/#1 transfer: 200'])
  })

  it('ends without a decision', () => {
    expect(play({ main: [{ say: 'welcome' }] }).decisions).toEqual([{ kind: 'none', reason: 'flowEnded' }])
  })

  it.each([
    ['in itself', { main: [{ id: 'again', goto: 'again' }] }],
    ['over two flows', { main: [{ flow: 'other' }], other: [{ flow: 'main' }] }],
    ['through prompts', { main: [{ id: 'again', say: 'welcome' }, { goto: 'again' }] }],
  ] satisfies [string, Record<string, Steps>][])('is ended when it loops %s', (_, flows) => {
    const { decisions, log } = play(flows)
    expect(decisions).toEqual([{ kind: 'none', reason: 'flowTooLong' }])
    expect(log.length).toBeLessThan(350)
  })
})

describe('a lookup in a flow', () => {
  const main: Steps = [
    { id: 'crm', lookup: { function: 'crm', otherwise: 'slow' } },
    { enqueue: 'sales' },
    { id: 'slow', enqueue: 'support' },
  ]
  const answer: LookupAnswer = {
    attributes: { priority: '9' },
    matches: [{ system: 'crm', objectType: 'contact', recordId: '7', label: 'Ada', url: null, confidence: 1 }],
  }

  it('sets attributes and tells what was found', () => {
    const { asked, attributes, decisions, log } = play({ main })
    expect(decisions).toEqual([])
    asked[0]?.onAnswer(answer, false)
    expect(attributes).toEqual({ priority: '9' })
    expect(log).toEqual(['matched single 1', 'main/crm lookup: priority = 9; 1 found', 'main/#2 enqueue: sales'])
    expect(decisions).toEqual([{ kind: 'enqueue', queueId: 'sales' }])
  })

  it('goes on at the deadline, and a late answer still counts', () => {
    const { asked, attributes, decisions, log } = play({ main })
    asked[0]?.onDeadline()
    expect(decisions).toEqual([{ kind: 'enqueue', queueId: 'support' }])
    asked[0]?.onAnswer(answer, true)
    expect(decisions).toHaveLength(1)
    expect(attributes).toEqual({ priority: '9' })
    expect(log.slice(-2)).toEqual(['matched single 1', 'main/crm lookup: late: priority = 9; 1 found'])
  })

  it('goes elsewhere when it fails', () => {
    const { asked, decisions, log } = play({ main })
    asked[0]?.onFailure('the answer is 500', false)
    expect(decisions).toEqual([{ kind: 'enqueue', queueId: 'support' }])
    expect(log).toContain('main/crm lookup: the answer is 500')
  })

  it('takes a message and goes on for who is still there, or elsewhere when none can be taken', () => {
    const taken = play({ main: [{ voicemail: { mailbox: 'office', greeting: 'welcome' } }, { hangup: true }] })
    expect(taken.log).toEqual([
      'main/#1 voicemail: office',
      'voicemail office {"greeting":"welcome"}',
      'main/#2 hangup: the flow hangs up',
    ])
    const full = play({
      main: [{ voicemail: { mailbox: 'full', otherwise: 'full' } }, { hangup: true }, { id: 'full', enqueue: 'sales' }],
    })
    expect(full.log.at(-2)).toBe('main/#1 voicemail: full: the mailbox is full')
    expect(full.decisions).toMatchObject([{ kind: 'enqueue', queueId: 'sales' }])
  })
})
