/** What queues and center hold agents to: wrap-up, missed offers, signing out, joining and leaving queues, calls of their own. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { missPolicyOf } from './miss-policy.ts'
import { createRoster, type WrappedSegment } from './roster.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const actor = 'user:ada'
const conflict = expect.objectContaining({ code: 'agent.conflict' })
const invalid = expect.objectContaining({ code: 'request.invalid' })

function start(queue: NonNullable<CenterInput['queues']>[number] | object, rest: CenterInput = {}) {
  const clock = createTestClock()
  const events: { type: string; [key: string]: unknown }[] = []
  const routable: string[] = []
  const ended: WrappedSegment[] = []
  const parsed = parseCenter({
    queues: [{ id: 'q', ...queue }, { id: 'other' }],
    agents: [{ id: 'ada', contact: 'sip:ada@127.0.0.1:5090', queues: ['q', { id: 'other', signedIn: false }] }],
    ...rest,
  })
  const roster = createRoster({
    clock,
    logger: silent,
    emit: (type, data) => events.push({ type, ...data }),
    onRoutable: id => routable.push(id),
    onAbsent() {},
    onWrapUpEnded: segment => ended.push(segment),
    dayKey: nowMs => new Date(nowMs).toISOString().slice(0, 10),
    policy: () => parsed.agentPolicy,
  })
  roster.configure(parsed.agents, parsed.queues)
  roster.signIn('ada', { availability: 'available', actor })
  const answer = () => {
    roster.reserve('ada', { offerId: 'o', callId: 'c', queueId: 'q' })
    roster.engage('ada', 'o', { callId: 'c', segmentId: 's', queueId: 'q' })
  }
  const hangUp = () => roster.callEnded('ada', 's', roster.wrapUpTime('ada'))
  const talk = () => {
    answer()
    hangUp()
  }
  return { clock, events, routable, ended, roster, parsed, answer, hangUp, talk }
}

describe('wrap-up', () => {
  it('none: free at once; what was said during the call is kept for it', () => {
    const { roster, answer, hangUp } = start({ wrapUp: { mode: 'none' } })
    answer()
    roster.noteWrapUp('ada', 'agent', { disposition: 'Sold', actor })
    expect(roster.wrapUpNotes('ada')).toEqual({ disposition: 'Sold', notes: null })
    hangUp()
    expect(roster.view('ada')).toMatchObject({ slot: 'idle', routable: true, wrapUp: null })
  })

  it('optional: only if it was asked for during the call', () => {
    const { roster, answer, hangUp, talk, clock } = start({ wrapUp: { mode: 'optional' }, wrapUpMs: 5_000 })
    talk()
    expect(roster.view('ada').slot).toBe('idle')
    expect(() => roster.askWrapUp('ada', { actor })).toThrow(conflict)
    answer()
    roster.askWrapUp('ada', { actor })
    expect(roster.view('ada').wrapUp).toMatchObject({ mode: 'optional', asked: true })
    hangUp()
    expect(roster.view('ada').slot).toBe('wrapping')
    clock.advance(5_000)
    expect(roster.view('ada').slot).toBe('idle')
    // Asked for once is not asked for for ever.
    talk()
    expect(roster.view('ada').slot).toBe('idle')
  })

  it('timed: ends by the clock, or when the agent says so', () => {
    const { roster, talk, clock, ended } = start({ wrapUpMs: 5_000 })
    talk()
    clock.advance(5_000)
    talk()
    roster.completeWrapUp('ada', 'agent', { notes: 'n', actor })
    expect(ended).toMatchObject([
      { by: 'timer', wrapMs: 5_000, disposition: null },
      { by: 'agent', wrapMs: 0, notes: 'n' },
    ])
  })

  it('mandatory: the agent may speak, not end it; a supervisor may; what was said outlives the timer', () => {
    const { roster, talk, clock, ended } = start({ wrapUp: { mode: 'mandatory' }, wrapUpMs: 5_000 })
    talk()
    expect(() => roster.completeWrapUp('ada', 'agent')).toThrow(conflict)
    roster.noteWrapUp('ada', 'agent', { disposition: 'Sold', actor })
    expect(roster.view('ada')).toMatchObject({ slot: 'wrapping', wrapUp: { disposition: 'Sold' } })
    clock.advance(5_000)
    talk()
    roster.completeWrapUp('ada', 'supervisor', { actor: 'user:sam' })
    expect(ended).toMatchObject([
      { by: 'timer', disposition: 'Sold' },
      { by: 'supervisor', disposition: null },
    ])
  })

  it('untilDisposition: as long as it takes, by one of the dispositions', () => {
    const dispositions = ['Sold', 'Not sold']
    const { roster, talk, clock, ended, answer, hangUp } = start({ wrapUp: { mode: 'untilDisposition', dispositions } })
    talk()
    clock.advance(3_600_000)
    expect(roster.view('ada')).toMatchObject({ slot: 'wrapping', deadline: null, routable: false })
    expect(() => roster.completeWrapUp('ada', 'agent')).toThrow(invalid)
    expect(() => roster.completeWrapUp('ada', 'agent', { disposition: 'Perhaps' })).toThrow(invalid)
    expect(() => roster.noteWrapUp('ada', 'agent', { disposition: 'Perhaps' })).toThrow(invalid)
    expect(() => roster.extendWrapUp('ada', 'agent', { actor })).toThrow(conflict)
    roster.noteWrapUp('ada', 'agent', { notes: 'wait', actor })
    expect(roster.view('ada').slot).toBe('wrapping')
    roster.noteWrapUp('ada', 'agent', { disposition: 'Sold', actor })
    expect(ended).toMatchObject([{ by: 'agent', wrapMs: 3_600_000, disposition: 'Sold', notes: 'wait' }])
    // Given during the call there is nothing to wait for.
    answer()
    roster.noteWrapUp('ada', 'agent', { disposition: 'Not sold', actor })
    hangUp()
    expect(roster.view('ada').slot).toBe('idle')
    talk()
    roster.completeWrapUp('ada', 'supervisor', { actor: 'user:sam' })
    expect(ended.at(-1)).toMatchObject({ by: 'supervisor', disposition: null })
  })

  it('is made longer as often as the queue allows, and each time that is told', () => {
    const { roster, talk, clock, events } = start({ wrapUpMs: 5_000, wrapUp: { extendMs: 2_000, maxExtensions: 1 } })
    talk()
    clock.advance(4_000)
    roster.extendWrapUp('ada', 'agent', { actor })
    expect(roster.view('ada').wrapUp).toMatchObject({ extensionsLeft: 0 })
    expect(events.at(-1)).toMatchObject({ type: 'agent.wrapup_changed', extensions: 1, callId: 'c', actor })
    expect(() => roster.extendWrapUp('ada', 'agent', { actor })).toThrow(conflict)
    clock.advance(2_999)
    expect(roster.view('ada').slot).toBe('wrapping')
    roster.extendWrapUp('ada', 'supervisor', { actor: 'user:sam', byMs: 10_000 })
    clock.advance(10_000)
    expect(roster.view('ada').slot).toBe('wrapping')
    clock.advance(1)
    expect(roster.view('ada').slot).toBe('idle')
    expect(clock.pending).toBe(0)
  })

  it('holds in all queues of the agent, and a stored status comes after it', () => {
    const { roster, talk, clock } = start({ wrapUpMs: 5_000 })
    roster.setQueue('ada', 'other', true, { actor })
    talk()
    expect([...roster.idle('q'), ...roster.idle('other')]).toEqual([])
    expect(roster.counts('other')).toMatchObject({ wrapUp: 1, available: 0 })
    roster.setAvailability('ada', 'notReady', { reason: 'lunch', actor })
    expect(roster.view('ada')).toMatchObject({ label: 'wrapUp', next: { availability: 'notReady', reason: 'lunch' } })
    clock.advance(5_000)
    expect(roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'lunch', next: null })
  })
})

describe('missed offers', () => {
  const offerMissed = (w: ReturnType<typeof start>, kind: 'timed_out' | 'rejected' | 'failed') => {
    const reason = ({ timed_out: 'noAnswer', rejected: 'declined', failed: 'unreachable' } as const)[kind]
    const [queue] = w.parsed.queues
    if (queue === undefined) throw new Error('no queue')
    w.roster.reserve('ada', { offerId: 'o', callId: 'c', queueId: 'q' })
    const policy = missPolicyOf(queue, w.parsed.agentPolicy.missed, reason, null)
    w.roster.offerEnded('ada', 'o', { kind, cause: kind, policy })
  }
  const cooldown = (w: ReturnType<typeof start>) => {
    const began = w.clock.now()
    while (!w.roster.view('ada').routable && w.clock.now() - began < 600_000) w.clock.advance(1_000)
    return w.clock.now() - began
  }

  it('cost by reason: the queue first, then the center, then the plain settings', () => {
    const w = start(
      { offerCooldownMs: 1_000, missedOffersToNotReady: 0, missed: { declined: { cooldownMs: 3_000 } } },
      { agentPolicy: { missed: { declined: { cooldownMs: 9_000 }, unreachable: { cooldownMs: 7_000 } } } },
    )
    const costs = (['timed_out', 'rejected', 'failed'] as const).map(kind => {
      offerMissed(w, kind)
      return cooldown(w)
    })
    expect(costs).toEqual([1_000, 3_000, 7_000])
    expect(w.roster.view('ada')).toMatchObject({
      misses: 3,
      missesInARow: { noAnswer: 1, declined: 1, unreachable: 1 },
      today: { missed: 3 },
      missedBy: { noAnswer: 1, declined: 1, unreachable: 1 },
    })
  })

  it('cost more each time, up to a limit, until one is taken', () => {
    const w = start({
      offerCooldownMs: 2_000,
      missedOffersToNotReady: 0,
      wrapUpMs: 0,
      missed: { growth: 2, maxCooldownMs: 6_000 },
    })
    const miss = () => {
      offerMissed(w, 'timed_out')
      return cooldown(w)
    }
    expect([miss(), miss(), miss(), miss()]).toEqual([2_000, 4_000, 6_000, 6_000])
    w.talk()
    expect(w.roster.view('ada')).toMatchObject({
      misses: 0,
      missesInARow: { noAnswer: 0, declined: 0, unreachable: 0 },
    })
    expect(miss()).toBe(2_000)
  })

  it('make notReady after so many by reason', () => {
    const w = start({ offerCooldownMs: 0, missed: { declined: { toNotReady: 1 }, noAnswer: { toNotReady: 3 } } })
    offerMissed(w, 'timed_out')
    offerMissed(w, 'timed_out')
    expect(w.roster.view('ada').routable).toBe(true)
    offerMissed(w, 'timed_out')
    expect(w.roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'noAnswer' })
    w.roster.setAvailability('ada', 'available', { actor })
    offerMissed(w, 'rejected')
    expect(w.roster.view('ada')).toMatchObject({ label: 'notReady', reason: 'declined' })
  })
})

describe('sessions', () => {
  it('begin as the center says', () => {
    const { roster } = start({}, { agentPolicy: { afterSignIn: 'available' } })
    roster.signOut('ada', { actor })
    roster.signIn('ada', { actor })
    expect(roster.view('ada')).toMatchObject({ availability: 'available', routable: true })
  })

  it('do not end during a call if the center refuses that; the system may always end them', () => {
    const { roster, answer, hangUp } = start({ wrapUpMs: 5_000 }, { agentPolicy: { signOutWhileWorking: 'refuse' } })
    answer()
    expect(() => roster.signOut('ada', { actor })).toThrow(conflict)
    expect(roster.view('ada').next).toBeNull()
    roster.signOut('ada', { actor: 'system', reason: 'shutdown' })
    expect(roster.view('ada').next).toEqual({ availability: 'signOut', reason: 'shutdown' })
    hangUp()
    roster.signOut('ada', { actor })
    expect(roster.view('ada').session).toBe('offline')
  })
})

describe('a queue of the agent', () => {
  it('is joined and left: counts, offers and views obey, and it is told', () => {
    const { roster, events, routable } = start({})
    expect(roster.view('ada')).toMatchObject({ queues: ['q'], queuesLeft: ['other'] })
    expect(roster.counts('other')).toMatchObject({ signedIn: 0 })
    expect(roster.reserve('ada', { offerId: 'o', callId: 'c', queueId: 'other' })).toBe(false)
    expect(roster.member('other', 'ada')).toBeNull()
    routable.length = 0
    roster.setQueue('ada', 'other', true, { actor })
    expect(roster.counts('other')).toMatchObject({ signedIn: 1, available: 1 })
    expect(routable).toEqual(['ada'])
    roster.setQueue('ada', 'q', false, { actor })
    roster.setQueue('ada', 'q', false, { actor })
    expect(roster.view('ada')).toMatchObject({ queues: ['other'], queuesLeft: ['q'] })
    expect(roster.counts('q')).toMatchObject({ signedIn: 0, available: 0 })
    expect(roster.queuesOf('ada')).toEqual(['other'])
    expect(events.filter(({ type }) => type === 'agent.queue_membership_changed')).toMatchObject([
      { agentId: 'ada', queueId: 'other', signedIn: true, actor },
      { queueId: 'q', signedIn: false },
    ])
    expect(() => roster.setQueue('ada', 'none', true, { actor })).toThrow(
      expect.objectContaining({ code: 'queue.unknown' }),
    )
  })

  it('stays left when the center is applied again, and through calls', () => {
    const { roster, parsed, clock } = start({ wrapUpMs: 0 })
    roster.setQueue('ada', 'q', false, { actor })
    roster.setQueue('ada', 'other', true, { actor })
    roster.reserve('ada', { offerId: 'o', callId: 'c', queueId: 'other' })
    roster.engage('ada', 'o', { callId: 'c', segmentId: 's', queueId: 'other' })
    roster.configure(parsed.agents, parsed.queues)
    roster.callEnded('ada', 's', 0)
    expect(roster.view('ada')).toMatchObject({ queues: ['other'], queuesLeft: ['q'], routable: true })
    expect(roster.counts('q')).toMatchObject({ signedIn: 0, available: 0 })
    expect(clock.pending).toBe(0)
  })
})

describe('phones', () => {
  it('are told when they change, while the agent is signed in', () => {
    const { roster, events } = start({}, {})
    events.length = 0
    roster.setReachable('ada', true, ['sip:ada@127.0.0.1:5090'], 'ada')
    roster.setReachable('ada', true, ['sip:ada@127.0.0.1:5090'], 'ada')
    expect(events).toMatchObject([{ type: 'agent.devices_changed', acting: 'ada', endpoint: 'reachable' }])
    roster.signOut('ada', { actor })
    events.length = 0
    roster.setReachable('ada', true, [], null)
    expect(events).toEqual([])
  })

  it('of the agent’s own are of no use while another one is to be rung', () => {
    const { roster } = start({})
    roster.setReachable('ada', false, ['sip:ada@127.0.0.1:5090'], null, true)
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', routable: false })
    roster.setReachable('ada', true, ['sip:ada@127.0.0.1:5090'], 'ada', false)
    expect(roster.view('ada')).toMatchObject({ label: 'available', routable: true })
  })

  it('are in use until the last of several own calls has ended', () => {
    const { roster } = start({})
    roster.setInUse('ada', true)
    roster.setInUse('ada', true)
    roster.setInUse('ada', false)
    expect(roster.view('ada')).toMatchObject({ endpoint: 'inUse', routable: false, notRoutableBecause: 'in use' })
    roster.setInUse('ada', false)
    roster.setInUse('ada', false)
    expect(roster.view('ada')).toMatchObject({ endpoint: 'reachable', routable: true })
  })
})
