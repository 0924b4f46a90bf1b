/** The rules behind the wallboard's colours, words and order. */
import { describe, expect, test } from 'vitest'
import { agentOf, at, metricsOf, queueOf } from '../live/fixtures.ts'
import {
  bySeverity,
  expectedWords,
  freeLevel,
  freeWords,
  longestWaitMs,
  overallStatus,
  serviceLevelLevel,
  serviceLevelWords,
  waitLevel,
  waitShare,
  waitWords,
} from './status.ts'

const noon = Date.parse(at(0))
const nobody = { signedIn: 3, available: 0, ringing: 0, busy: 3, wrapUp: 0, notReady: 0, unreachable: 0 }
const waitingQueue = (id: string, sec: number, agents = metricsOf().agents) =>
  queueOf({ id, name: id, metrics: metricsOf({ queueId: id, waiting: 1, oldestEnqueuedAt: at(-sec), agents }) })

describe('the wait', () => {
  test.each([
    [null, 'ok', 0, 'Nobody waits'],
    [5_000, 'ok', 0.25, 'Within target'],
    [14_999, 'ok', 0.74995, 'Within target'],
    [15_000, 'warn', 0.75, 'Nearly over'],
    [20_000, 'bad', 1, '0:00 over'],
    [72_000, 'bad', 1, '0:52 over'],
  ])('%s ms against 20 s', (waitMs, level, share, text) => {
    expect(waitLevel(waitMs, 20_000)).toBe(level)
    expect(waitShare(waitMs, 20_000)).toBeCloseTo(share, 5)
    expect(waitWords(waitMs, 20_000)).toBe(text)
  })

  test.each([
    [{ valueMs: 120_000, lowMs: 60_000, highMs: 180_000, confidence: 0.5 }, 'next in about 2:00 (1:00 to 3:00)'],
    [{ valueMs: 90_000, lowMs: 0, highMs: 180_000, confidence: 0 }, 'next in about 1:30, a guess'],
    [{ valueMs: 0, lowMs: 0, highMs: 0, confidence: 1 }, 'next in about 0:00'],
  ])('that is expected, %j, is told with its range', (ewt, text) => {
    expect(expectedWords(ewt)).toBe(text)
  })

  test('a target of zero is missed by anyone who waits', () => {
    expect(waitLevel(0, 0)).toBe('bad')
    expect(waitShare(0, 0)).toBe(1)
    expect(waitLevel(null, 0)).toBe('ok')
  })

  test('is counted from the oldest caller, and never below zero when clocks differ', () => {
    expect(longestWaitMs(waitingQueue('a', 7), noon)).toBe(7_000)
    expect(longestWaitMs(waitingQueue('a', -3), noon)).toBe(0)
    expect(longestWaitMs(queueOf(), noon)).toBeNull()
  })
})

test('nobody free matters when someone waits, and is a fault when nobody is even signed in', () => {
  const absent = { ...nobody, signedIn: 0 }
  const idle = (agents: typeof nobody) => queueOf({ metrics: metricsOf({ agents }) })
  expect(freeLevel(queueOf())).toBe('ok')
  expect(freeLevel(idle(nobody))).toBe('ok')
  expect(freeLevel(idle(absent))).toBe('warn')
  expect(freeLevel(waitingQueue('a', 1, nobody))).toBe('warn')
  expect(freeLevel(waitingQueue('a', 1, absent))).toBe('bad')
  expect(freeWords(idle(nobody))).toBe('none of 3')
  expect(freeWords(idle(absent))).toBe('none signed in')
})

test.each([
  [null, 'ok', 'no calls yet'],
  [0.8, 'ok', 'goal 80 % met'],
  [0.79, 'warn', 'below 80 %'],
  [0.59, 'bad', 'below 60 %'],
])('a service level of %s', (share, level, text) => {
  expect(serviceLevelLevel(share)).toBe(level)
  expect(serviceLevelWords(share)).toBe(text)
})

test('the worst queue comes first; equals keep their order while they tick', () => {
  const queues = [
    waitingQueue('fine', 1),
    waitingQueue('late', 30),
    waitingQueue('later', 90),
    waitingQueue('near', 16),
  ]
  const order = (nowMs: number) => bySeverity(queues, nowMs).map(queue => queue.id)
  expect(order(noon)).toEqual(['late', 'later', 'near', 'fine'])
  expect(order(noon + 1_000)).toEqual(['late', 'later', 'near', 'fine'])
})

describe('the first line', () => {
  const ada = agentOf()
  const grace = agentOf({ id: 'grace', name: 'Grace Hopper', label: 'unreachable', routable: false })

  test('is calm when all is well', () => {
    expect(overallStatus([queueOf()], [ada], noon)).toEqual({
      waiting: { level: 'ok', text: 'Nobody waits' },
      free: { level: 'ok', text: '1 agent free' },
      broken: { level: 'ok', text: 'All phones reachable' },
    })
  })

  test('names the worst wait first', () => {
    const queues = [waitingQueue('sales', 30), waitingQueue('support', 90), waitingQueue('it', 1)]
    expect(overallStatus(queues, [], noon).waiting).toEqual({
      level: 'bad',
      text: 'Too long a wait in support and 1 more queue',
    })
  })

  test('names the queue that waits without a free agent', () => {
    expect(overallStatus([queueOf(), waitingQueue('sales', 1, nobody)], [], noon).free).toEqual({
      level: 'warn',
      text: 'No free agent in sales',
    })
    expect(overallStatus([waitingQueue('sales', 1, nobody)], [], noon).free.text).toBe('No agent is free')
  })

  test('names who is unreachable, or the queue when agents can’t be seen', () => {
    const queues = [queueOf({ metrics: metricsOf({ agents: { ...nobody, available: 1, unreachable: 1 } }) })]
    expect(overallStatus(queues, [ada, grace], noon).broken.text).toBe('Grace Hopper is unreachable')
    expect(overallStatus(queues, [ada], noon).broken.text).toBe('Unreachable phones in Support')
    expect(overallStatus(queues, [grace, { ...grace, id: 'g2' }], noon).broken.text).toBe('2 agents are unreachable')
  })
})
