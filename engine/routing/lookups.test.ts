/** Lookups on the test clock, with answers of every kind. */
import { describe, expect, it } from 'vitest'
import type { LookupAnswer, LookupFunction } from '../api.ts'
import type { LookupConfig } from '../config-intake.ts'
import { silentLogger } from '../node/logger.ts'
import type { HttpReply, HttpRequest } from '../ports/http.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { Lookups, mostAtOnce } from './lookups.ts'

const facts = {
  callId: 'c1',
  dnis: 'main',
  trunkId: null,
  ani: { e164: '+442079460000', raw: '02079460000', name: null, withheld: false },
  attributes: { id: 'a b/c' },
}
const byUrl: LookupConfig = {
  url: 'https://crm.example/{ani.e164}/{attributes.id}',
  headers: {},
  deadlineMs: 800,
  lateMs: 5_000,
}

function start(config: LookupConfig, reply: () => Promise<HttpReply>, functions: Record<string, LookupFunction> = {}) {
  const clock = createTestClock()
  const asked: HttpRequest[] = []
  const heard: (readonly [string, ...unknown[]])[] = []
  const http = {
    get(request: HttpRequest) {
      asked.push(request)
      return reply()
    },
  }
  const lookups = new Lookups({ clock, logger: silentLogger, http, functions, allow: () => ['10.0.0.1'] })
  lookups.start(config, facts, {
    onAnswer: (answer, isLate) => heard.push(['answer', answer, isLate]),
    onFailure: (reason, isLate) => heard.push(['failure', reason, isLate]),
    onDeadline: () => heard.push(['deadline']),
  })
  return { clock, asked, heard }
}

const json =
  (value: unknown, status = 200) =>
  async () => ({ status, body: JSON.stringify(value) })
const later = <T>(clockAdvance: { resolve?: (value: T) => void }) =>
  new Promise<T>(resolve => {
    clockAdvance.resolve = resolve
  })

describe('a lookup', () => {
  it('fills the address, and says what may be reached and how long it may take', async () => {
    const { asked, clock } = start(byUrl, json({}))
    await clock.advanceAsync(0)
    expect(asked).toMatchObject([
      { url: 'https://crm.example/%2B442079460000/a%20b%2Fc', timeoutMs: 5_800, allow: ['10.0.0.1'] },
    ])
    expect(clock.pending).toBe(0)
  })

  it.each<[unknown, LookupAnswer]>([
    [
      { tier: 'gold', age: 7, vip: true, list: [1], '1bad': 'x' },
      { attributes: { tier: 'gold', age: '7', vip: 'true' }, matches: [] },
    ],
    [{ attributes: { priority: 5 } }, { attributes: { priority: '5' }, matches: [] }],
    [
      { matches: [{ recordId: 9, url: 'javascript:alert(1)', confidence: 7 }, 'nonsense', { label: 'no id' }] },
      {
        attributes: {},
        matches: [{ system: 'crm', objectType: 'contact', recordId: '9', label: '9', url: null, confidence: 1 }],
      },
    ],
    [
      { attributes: { vip: 'y' }, preferredAgents: 'ada:x, bob:90', avoidAgents: ['eve', 7, {}] },
      {
        attributes: { vip: 'y', preferredAgents: 'bob:90', avoidAgents: 'eve' },
        matches: [],
        leftOut: ['preferredAgents "ada:x"', 'avoidAgents "7"', 'avoidAgents an object without an agentId'],
      } as LookupAnswer,
    ],
    ...[7, true, {}, 'ada:x', ['a/b']].map((preferredAgents): [unknown, LookupAnswer] => [
      { attributes: { vip: 'y' }, preferredAgents },
      { attributes: { vip: 'y' }, matches: [], leftOut: [expect.stringMatching('preferredAgents ')] } as LookupAnswer,
    ]),
    [
      { attributes: { vip: 'y', preferredAgents: 'bob until soon' } },
      { attributes: { vip: 'y' }, matches: [], leftOut: ['preferredAgents "bob until soon"'] } as LookupAnswer,
    ],
    [{ preferredAgents: [] }, { attributes: { preferredAgents: '' }, matches: [] }],
  ])('takes %j', async (given, answer) => {
    const { clock, heard } = start(byUrl, json(given))
    await clock.advanceAsync(0)
    expect(heard).toEqual([['answer', answer, false]])
  })

  it.each([
    ['404 is nobody', json({}, 404), ['answer', {}, false]],
    ['500', json({}, 500), ['failure', 'the answer is 500', false]],
    ['no JSON', async () => ({ status: 200, body: '<html>' }), ['failure', 'the answer is no JSON', false]],
    ['a list', json([1]), ['failure', 'the answer is no object', false]],
    [
      'no connection',
      () => Promise.reject(new Error('connect ECONNREFUSED')),
      ['failure', 'connect ECONNREFUSED', false],
    ],
  ] as const)('%s', async (_, reply, expected) => {
    const { clock, heard } = start(byUrl, reply)
    await clock.advanceAsync(0)
    expect(heard).toEqual([expected])
    expect(clock.pending).toBe(0)
  })

  it('tells the deadline once, then the late answer, and nothing after that', async () => {
    const answer: { resolve?: (reply: HttpReply) => void } = {}
    const { clock, heard } = start(byUrl, () => later(answer))
    await clock.advanceAsync(799)
    expect(heard).toEqual([])
    await clock.advanceAsync(1)
    expect(heard).toEqual([['deadline']])
    answer.resolve?.({ status: 200, body: '{"a":"b"}' })
    await clock.advanceAsync(10_000)
    expect(heard).toEqual([['deadline'], ['answer', { attributes: { a: 'b' }, matches: [] }, true]])
    expect(clock.pending).toBe(0)
  })

  it('gives up in the end', async () => {
    const answer: { resolve?: (reply: HttpReply) => void } = {}
    const { clock, heard } = start(byUrl, () => later(answer))
    await clock.advanceAsync(5_800)
    answer.resolve?.({ status: 200, body: '{}' })
    await clock.advanceAsync(0)
    expect(heard).toEqual([['deadline'], ['failure', 'no answer at all', true]])
  })

  it('that is never answered is logged, and lets go of who asked: what comes after it is heard by nobody', async () => {
    const clock = createTestClock()
    const logged: unknown[] = []
    const logger = { ...silentLogger, warn: (context: object, text: string) => void logged.push([context, text]) }
    const kept: { resolve(value: LookupAnswer): void; reject(error: Error): void }[] = []
    const crm = () => new Promise<LookupAnswer>((resolve, reject) => kept.push({ resolve, reject }))
    const lookups = new Lookups({ clock, logger, http: { get: json({}) }, functions: { crm }, allow: () => [] })
    const heard: string[] = []
    const config: LookupConfig = { function: 'crm', headers: {}, deadlineMs: 800, lateMs: 1_000 }
    for (let i = 0; i < 2; i++)
      lookups.start(config, facts, {
        onAnswer: () => heard.push('answer'),
        onFailure: reason => heard.push(reason),
        onDeadline: () => heard.push('deadline'),
      })
    await clock.advanceAsync(1_800)
    expect(heard).toEqual(['deadline', 'deadline', 'no answer at all', 'no answer at all'])
    const silent = [{ function: 'crm', callId: 'c1' }, 'a lookup got no answer at all']
    expect(logged).toEqual([silent, silent])
    kept[0]?.resolve({ attributes: { late: 'yes' } })
    kept[1]?.reject(new Error('no such table'))
    await clock.advanceAsync(0)
    expect([heard.length, clock.pending]).toEqual([4, 0])
    expect(logged[2]).toMatchObject([{ err: { message: 'no such table' } }, 'a lookup has failed'])
  })

  it('leaves nobody waiting when the engine stops', async () => {
    const clock = createTestClock()
    const functions = { crm: () => new Promise<LookupAnswer>(() => {}) }
    const lookups = new Lookups({ clock, logger: silentLogger, http: { get: json({}) }, functions, allow: () => [] })
    const heard: string[] = []
    const handlers = {
      onAnswer: () => heard.push('answer'),
      onFailure: (reason: string, isLate: boolean) => heard.push(`${reason} ${isLate}`),
      onDeadline: () => heard.push('deadline'),
    }
    lookups.start({ function: 'crm', headers: {}, deadlineMs: 800, lateMs: 1_000 }, facts, handlers)
    lookups.start({ function: 'crm', headers: {}, deadlineMs: 0, lateMs: 1_000 }, facts, handlers)
    lookups.stop()
    lookups.stop()
    expect(heard).toEqual(['the engine has stopped false', 'the engine has stopped true'])
    expect(clock.pending).toBe(0)
  })

  it('is refused while too many addresses are being asked, and has room again once one has answered', async () => {
    const clock = createTestClock()
    const waiting: ((reply: HttpReply) => void)[] = []
    const http = { get: () => new Promise<HttpReply>(resolve => waiting.push(resolve)) }
    const functions = { crm: () => ({}) }
    const lookups = new Lookups({ clock, logger: silentLogger, http, functions, allow: () => [] })
    const heard: string[] = []
    const ask = (config: LookupConfig = byUrl) =>
      lookups.start(config, facts, {
        onAnswer: () => heard.push('answer'),
        onFailure: reason => heard.push(reason),
        onDeadline: () => {},
      })
    for (let i = 0; i < mostAtOnce; i++) ask()
    ask()
    // A function is the embedder's own, and so is what it may cost.
    ask({ function: 'crm', headers: {}, deadlineMs: 800, lateMs: 0 })
    await clock.advanceAsync(0)
    expect([waiting.length, heard.toSorted()]).toEqual([mostAtOnce, ['answer', 'too many lookups at once']])
    waiting[0]?.({ status: 200, body: '{}' })
    waiting[1]?.({ status: 500, body: '' })
    await clock.advanceAsync(0)
    for (let i = 0; i < 3; i++) ask()
    await clock.advanceAsync(0)
    expect([waiting.length, heard.length]).toEqual([mostAtOnce + 2, 5])
    lookups.stop()
  })

  it('logs a fault in whoever asked, which reaches nobody else', async () => {
    const clock = createTestClock()
    const logged: unknown[] = []
    const logger = { ...silentLogger, error: (context: object) => void logged.push(context) }
    const lookups = new Lookups({ clock, logger, http: { get: json({}) }, functions: {}, allow: () => [] })
    const broken = () => {
      throw new Error('broken')
    }
    lookups.start(byUrl, facts, { onAnswer: broken, onFailure: broken, onDeadline: broken })
    await clock.advanceAsync(0)
    expect(logged).toMatchObject([{ err: { message: 'broken' }, callId: 'c1' }])
  })

  it('asks the function of an embedder', async () => {
    const config: LookupConfig = { function: 'crm', headers: {}, deadlineMs: 800, lateMs: 0 }
    const found = start(config, json({}), { crm: ({ dnis }) => ({ attributes: { dnis } }) })
    await found.clock.advanceAsync(0)
    expect(found.heard).toEqual([['answer', { attributes: { dnis: 'main' }, matches: [] }, false]])
    for (const functions of [
      {},
      {
        crm: () => {
          throw new Error('no such table')
        },
      },
    ]) {
      const failed = start(config, json({}), functions)
      await failed.clock.advanceAsync(0)
      expect(failed.heard).toMatchObject([['failure', expect.stringMatching(/no function crm|no such table/), false]])
    }
  })
})
