/** Who is still there: phones that stay away, desks that are closed, and coming back. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { Presence } from './presence.ts'
import { createRoster } from './roster.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const actor = 'user:ada'

type Liveness = NonNullable<NonNullable<CenterInput['agentPolicy']>['liveness']>

function begin(liveness: Liveness) {
  const clock = createTestClock()
  const { agents, queues, agentPolicy } = parseCenter({
    queues: [{ id: 'q' }],
    agents: [{ id: 'ada', queues: ['q'] }],
    agentPolicy: { liveness },
  })
  const told: string[] = []
  const roster = createRoster({
    clock,
    logger: silent,
    emit(type, data) {
      told.push(type)
      if (type === 'agent.session_changed' && 'to' in data && data.to === 'offline') presence.signedOut('ada')
    },
    onRoutable() {},
    onAbsent() {},
    onWrapUpEnded() {},
    onPresence: agentId => presence.changed(agentId),
    dayKey: nowMs => new Date(nowMs).toISOString().slice(0, 10),
    policy: () => agentPolicy,
  })
  const presence = new Presence({ clock, roster, policy: () => agentPolicy.liveness })
  roster.configure(agents, queues)
  const phone = (isThere: boolean) => roster.setReachable('ada', isThere, isThere ? ['sip:ada@10.0.0.2'] : [], 'ada')
  const signIn = () => roster.signIn('ada', { availability: 'available', actor })
  return { clock, roster, presence, phone, signIn, policy: agentPolicy.liveness, told }
}

function start(liveness: Liveness) {
  const center = begin(liveness)
  center.phone(true)
  center.signIn()
  return center
}

describe('a phone that goes', () => {
  it('stops routing at once, makes notReady after a time, and being back mends it', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000 })
    phone(false)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', availability: 'available', routable: false })
    clock.advance(60_000)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', availability: 'notReady', reason: 'unreachable' })
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
    expect(clock.pending).toBe(0)
  })

  it('and is back in time leaves everything as it was', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000, back: 'notReady' })
    phone(false)
    clock.advance(59_999)
    phone(true)
    clock.advance(60_000)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
  })

  it('leaves the agent notReady if the center wants him to come back himself', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000, back: 'notReady' })
    phone(false)
    clock.advance(60_000)
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'unreachable' })
  })

  it('changes nothing about a break that was taken meanwhile, or before', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000 })
    phone(false)
    clock.advance(60_000)
    roster.setAvailability('ada', 'notReady', { reason: 'Lunch', actor })
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'Lunch' })
    phone(false)
    clock.advance(60_000)
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'Lunch' })
  })

  it('does not end a call; the status comes after it, unless the phone is back by then', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 1_000 })
    const talk = () => {
      roster.reserve('ada', { offerId: 'o', callId: 'c', queueId: 'q' })
      roster.engage('ada', 'o', { callId: 'c', segmentId: 's', queueId: 'q' })
      phone(false)
      clock.advance(1_000)
      expect(roster.view('ada')).toMatchObject({ slot: 'engaged', next: { reason: 'unreachable' } })
    }
    talk()
    phone(true)
    roster.callEnded('ada', 's', 0)
    expect(roster.view('ada')).toMatchObject({ label: 'available' })
    talk()
    roster.callEnded('ada', 's', 0)
    expect(roster.view('ada')).toMatchObject({ availability: 'notReady', reason: 'unreachable' })
  })

  it('was never there, and is waited for as long', () => {
    const { clock, roster, phone, signIn } = begin({ notReadyAfterMs: 60_000 })
    signIn()
    clock.advance(59_999)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', availability: 'available' })
    clock.advance(1)
    expect(roster.view('ada')).toMatchObject({ availability: 'notReady', reason: 'unreachable' })
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
    expect(clock.pending).toBe(0)
  })

  it('is waited for anew by whoever is made available without it', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000 })
    phone(false)
    clock.advance(60_000)
    for (const reason of ['unreachable', 'Lunch']) {
      roster.setAvailability('ada', 'notReady', { reason, actor })
      expect(clock.pending).toBe(0)
      roster.setAvailability('ada', 'available', { actor })
      clock.advance(59_999)
      expect(roster.view('ada')).toMatchObject({ availability: 'available' })
      clock.advance(1)
      expect(roster.view('ada')).toMatchObject({ availability: 'notReady', reason: 'unreachable' })
    }
    phone(true)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
  })

  it('counts from the moment at which the center asks for it, and no longer than that', () => {
    const liveness = { notReadyAfterMs: 0 }
    const { clock, roster, presence, policy, signIn } = begin(liveness)
    signIn()
    expect(clock.pending).toBe(0)
    policy.notReadyAfterMs = 60_000
    presence.changed('ada')
    clock.advance(59_999)
    policy.notReadyAfterMs = 0
    presence.changed('ada')
    expect(clock.pending).toBe(0)
    expect(roster.view('ada')).toMatchObject({ availability: 'available' })
  })

  it('of someone who signs out is waited for no more', () => {
    const { clock, roster, phone } = start({ notReadyAfterMs: 60_000 })
    phone(false)
    roster.signOut('ada', { actor })
    expect(clock.pending).toBe(0)
  })
})

describe('a desk that has to stay open', () => {
  it('is missed after its grace, and its agent is not rung until it is back', () => {
    const { clock, roster, presence } = start({ desk: true, deskGraceMs: 10_000 })
    presence.desk('ada', true)
    presence.desk('ada', false)
    clock.advance(9_999)
    presence.desk('ada', true)
    presence.desk('ada', false)
    clock.advance(9_999)
    expect(roster.view('ada').routable).toBe(true)
    clock.advance(1)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', routable: false })
    presence.desk('ada', true)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
    expect(clock.pending).toBe(0)
  })

  it('is missed of whoever signed out and in again at the same window', () => {
    const { clock, roster, presence, signIn } = start({ desk: true, deskGraceMs: 10_000 })
    presence.desk('ada', true)
    roster.signOut('ada', { actor })
    signIn()
    presence.desk('ada', false)
    clock.advance(10_000)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', routable: false })
    roster.signOut('ada', { actor })
    signIn()
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
    expect(clock.pending).toBe(0)
  })

  it('is not missed of whoever closed it before he signed in at his phone', () => {
    const { clock, presence, phone, signIn } = begin({ desk: true, deskGraceMs: 10_000 })
    phone(true)
    presence.desk('ada', true)
    presence.desk('ada', false)
    signIn()
    presence.desk('ada', false)
    expect(clock.pending).toBe(0)
  })

  it('is nothing to those who never had one, who have signed out, or where it need not be', () => {
    const { clock, roster, presence } = start({ desk: true, deskGraceMs: 10_000 })
    presence.desk('ada', false)
    expect(clock.pending).toBe(0)
    presence.desk('ada', true)
    presence.desk('ada', false)
    roster.signOut('ada', { actor })
    expect(clock.pending).toBe(0)
    const relaxed = start({})
    relaxed.presence.desk('ada', true)
    relaxed.presence.desk('ada', false)
    expect(relaxed.clock.pending).toBe(0)
  })
})
