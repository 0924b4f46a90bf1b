/** The parts of the defence, each by itself: whom an address stands for, rations, failures, bans, and their bounds. */
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../simulation/test-clock.ts'
import { sourceKey } from '../../source-key.ts'
import type { Flow } from '../transport/flow.ts'
import { FailureWindows } from './failure-windows.ts'
import { LruTable } from './lru-table.ts'
import { ReplyBudget } from './reply-budget.ts'
import { isScanner } from './scanners.ts'
import { type Ban, maxSources, SourceGuard, type Standing } from './source-guard.ts'

const flowFrom = (host: string, reliable = false): Flow => ({
  transport: reliable ? 'TCP' : 'UDP',
  reliable,
  advertised: { host: '10.0.0.1', port: 5060 },
  localHost: '10.0.0.1',
  remote: { host, port: 5060 },
  key: `UDP|${host}|5060`,
  alive: true,
  send: () => {},
  ping: () => {},
})

describe('whom an address stands for', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
  ])('%s is %s', (host, key) => {
    expect(sourceKey(host)).toBe(key)
  })
})

describe('a table', () => {
  it('forgets what was not asked for the longest', () => {
    const table = new LruTable<number>(2)
    table.set('a', 1)
    table.set('b', 2)
    expect(table.get('a')).toBe(1)
    table.set('c', 3)
    expect([table.get('a'), table.get('b'), table.get('c'), table.size]).toEqual([1, undefined, 3, 2])
  })
})

describe('a ration of answers', () => {
  it('is a burst and then a rate, and never more than 300 in a minute by default', () => {
    const budget = new ReplyBudget(10)
    budget.configure(240)
    let answers = 0
    for (let atMs = 0; atMs < 60_000; atMs += 2 / 3) if (budget.take('a', atMs)) answers++
    expect(answers).toBeGreaterThanOrEqual(270)
    expect(answers).toBeLessThanOrEqual(300)
    expect([budget.has('a', 60_000), budget.has('b', 60_000), budget.has('a', 70_000)]).toEqual([false, true, true])
  })
})

describe('failures', () => {
  it('are those of the last minute, exactly', () => {
    const windows = new FailureWindows(10)
    expect([0, 30_000, 59_999].map(atMs => windows.note('a', atMs))).toEqual([1, 2, 3])
    expect([windows.count('a', 59_999), windows.count('a', 60_000), windows.count('a', 120_000)]).toEqual([3, 2, 0])
    expect(windows.count('b', 0)).toBe(0)
  })
})

describe('scanners', () => {
  it.each(['friendly-scanner', 'FRIENDLY-SCANNER', 'sipvicious', ' sipcli/v1.8', 'VaxSIPUserAgent/3.1'])('%s', name => {
    expect(isScanner(name)).toBe(true)
  })
  it.each([undefined, '', 'Linphone/5', 'sipsak 0.9.8', 'snom370/8 friendly-scanner'])('not %s', name => {
    expect(isScanner(name)).toBe(false)
  })
})

describe('the guard', () => {
  function setUp() {
    const clock = createTestClock(0)
    const bans: Ban[] = []
    const guard = new SourceGuard(clock, ban => bans.push(ban))
    /** @returns how many of so many guesses were looked at */
    const guess = (
      flow: Flow,
      username: string,
      times: number,
      how: { standing?: Standing; proven?: boolean } = {},
    ) => {
      const { standing = 'stranger', proven = true } = how
      let tried = 0
      for (let i = 0; i < times; i++) {
        if (guard.isBanned(flow) || !guard.mayTry(flow, username, standing, proven)) continue
        guard.failed(flow, username, standing, proven)
        tried++
      }
      return tried
    }
    return { clock, guard, bans, guess }
  }

  it('bans an address after ten wrong passwords, for the time set', () => {
    const { clock, guard, bans, guess } = setUp()
    const flow = flowFrom('192.0.2.1')
    expect(guess(flow, 'ada', 400)).toBe(10)
    expect(bans).toEqual([{ source: '192.0.2.1', failures: 10, untilMs: 600_000 }])
    expect([guard.isBanned(flow), guard.isBanned(flowFrom('192.0.2.2')), guard.banned]).toEqual([true, false, 1])
    clock.advance(600_000)
    expect([guard.isBanned(flow), guard.banned]).toEqual([false, 0])
  })

  it('counts by address, whoever is guessed', () => {
    const { guess } = setUp()
    const flow = flowFrom('192.0.2.1')
    let tried = 0
    for (let user = 0; user < 100; user++) tried += guess(flow, `user${user}`, 1)
    expect(tried).toBe(10)
  })

  it('bans nobody for what may have been sent in his name, and leaves his own attempts alone', () => {
    const { guard, bans, guess } = setUp()
    const flow = flowFrom('192.0.2.1')
    expect(guess(flow, 'ada', 400, { proven: false })).toBe(10)
    expect([bans, guard.isBanned(flow)]).toEqual([[], false])
    expect(guard.mayTry(flow, 'ada', 'stranger', true)).toBe(true)
  })

  it('never limits a known address, but each user that is guessed there', () => {
    const { guard, bans, guess } = setUp()
    const trunk = flowFrom('10.1.0.1')
    expect(guess(trunk, 'ada', 400, { standing: 'trunk' })).toBe(10)
    expect(guess(trunk, 'bob', 400, { standing: 'trunk' })).toBe(10)
    expect([bans, guard.isBanned(trunk)]).toEqual([[], false])
    expect(guard.mayTry(trunk, 'carl', 'trunk', true)).toBe(true)
  })

  it('counts for a phone what came over its own flow only', () => {
    const { guard, guess } = setUp()
    const flow = flowFrom('192.0.2.1')
    guess({ ...flow, key: 'UDP|192.0.2.1|9999' }, 'ada', 400)
    expect(guard.mayTry(flow, 'ada', 'phone', true)).toBe(true)
  })

  it('locks nobody out: from elsewhere the user may try', () => {
    const { guard, guess } = setUp()
    for (let host = 0; host < 250; host++) guess(flowFrom(`192.0.2.${host}`), 'ada', 20)
    expect(guard.mayTry(flowFrom('198.51.100.1'), 'ada', 'stranger', true)).toBe(true)
  })

  it('takes the addresses of an IPv6 network for one', () => {
    const { guess } = setUp()
    let tried = 0
    for (let i = 1; i < 100; i++) tried += guess(flowFrom(`2001:db8:1:2::${i.toString(16)}`), 'ada', 1)
    expect(tried).toBe(10)
  })

  it('lets an address go on after a minute when nobody is banned', () => {
    const { clock, guard, guess } = setUp()
    guard.configure({ maxFailuresPerMin: 3, banMs: 0, repliesPerMin: 240 })
    const flow = flowFrom('192.0.2.1')
    expect(guess(flow, 'ada', 9)).toBe(3)
    clock.advance(59_999)
    expect(guess(flow, 'ada', 9)).toBe(0)
    clock.advance(1)
    expect(guess(flow, 'ada', 9)).toBe(3)
  })

  it('remembers no more than 100,000 sources, whatever comes', () => {
    const { guard, guess } = setUp()
    guard.configure({ maxFailuresPerMin: 1, banMs: 600_000, repliesPerMin: 240 })
    for (let i = 0; i < maxSources + 5_000; i++) {
      const flow = flowFrom(`2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`)
      guard.takeAnswer(flow)
      guess(flow, 'ada', 1)
    }
    expect([guard.remembered, guard.banned]).toEqual([maxSources, maxSources])
    expect(guard.isBanned(flowFrom('2001:db8::1'))).toBe(false)
    expect(guard.isBanned(flowFrom('2001:db8:1:8000::1'))).toBe(true)
  })
})
