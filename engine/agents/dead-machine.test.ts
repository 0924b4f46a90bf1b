/** An agent whose state machine dies of an exception is not lost: the agent is free again, and the call is told of. */
import { expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import { silentLogger } from '../node/logger.ts'
import type { Clock } from '../ports/clock.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createRoster } from './roster.ts'

/** A delay that the clock refuses: the machine that arms it dies of it. */
const poisonMs = 7_777

function setUp() {
  const clock = createTestClock()
  const poisoned: Clock = {
    now: () => clock.now(),
    setTimeout(callback, delayMs) {
      if (delayMs === poisonMs) throw new Error('poisoned timer')
      return clock.setTimeout(callback, delayMs)
    },
    clearTimeout: handle => clock.clearTimeout(handle),
  }
  const errors: object[] = []
  const faults: string[] = []
  const labels: string[] = []
  const wrapUps: string[] = []
  const roster = createRoster({
    clock: poisoned,
    logger: { ...silentLogger, error: fields => errors.push(fields) },
    emit: (type, data) => {
      if (type === 'agent.state_changed' && 'to' in data) labels.push(String(data.to))
    },
    onRoutable() {},
    onAbsent() {},
    onWrapUpEnded: ({ segmentId }) => wrapUps.push(segmentId),
    onFault: callId => faults.push(callId),
    dayKey: () => 'today',
  })
  const { agents, queues } = parseCenter({
    queues: [{ id: 'support' }],
    agents: [{ id: 'ada', contact: 'sip:ada@10.0.0.2', queues: ['support'] }],
  })
  roster.configure(agents, queues)
  roster.signIn('ada', { availability: 'available', actor: 'user:ada' })
  return { clock, roster, errors, faults, labels, wrapUps }
}

const offer = { offerId: 'o1', callId: 'c1', queueId: 'support' }

it('while a call rings', () => {
  const { clock, roster, errors, faults, labels } = setUp()
  expect(roster.reserve('ada', offer)).toBe(true)
  roster.ringing('ada', 'o1')
  roster.offerEnded('ada', 'o1', {
    kind: 'timed_out',
    cause: 'noAnswer',
    policy: { cooldownMs: poisonMs, missedToNotReady: 0 },
  })
  expect(errors).toHaveLength(1)
  expect(roster.view('ada')).toMatchObject({ slot: 'idle', availability: 'available', routable: true })
  expect(labels.at(-1)).toBe('available')
  expect(faults).toEqual([])
  clock.advance(0)
  expect(faults).toEqual(['c1'])
  expect(roster.reserve('ada', { ...offer, offerId: 'o2' })).toBe(true)
})

it('at the end of a call: the wrap-up that can not be is over at once', () => {
  const { clock, roster, faults, wrapUps } = setUp()
  roster.reserve('ada', offer)
  roster.engage('ada', 'o1', { callId: 'c1', segmentId: 's1', queueId: 'support' })
  roster.callEnded('ada', 's1', poisonMs)
  clock.advance(0)
  expect(roster.view('ada')).toMatchObject({ slot: 'idle', routable: true })
  expect([faults, wrapUps]).toEqual([['c1'], []])
  expect(roster.engaged('support')).toBe(0)
})
