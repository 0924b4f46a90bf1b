import { afterEach, describe, expect, it } from 'vitest'
import { createAudioLibrary } from '../media/audio/library.ts'
import { createEmbeddedMedia } from '../media/rtp/embedded-media.ts'
import { silentLogger } from '../node/logger.ts'
import type { PhoneCall, PhoneCallEnd } from './phone-call.ts'
import type { CallerPlan, Reaction } from './phone-plan.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTestClock } from './test-clock.ts'
import { createVirtualNetwork, type NetworkConditions } from './virtual-network.ts'
import { createVirtualPhone, type VirtualPhone } from './virtual-phone.ts'

const patient: CallerPlan = { patienceMs: null, talkMs: null, talkFrom: 'answer' }
const open: (() => void)[] = []

afterEach(() => {
  for (const close of open.splice(0)) close()
})

interface Pair {
  readonly clock: ReturnType<typeof createTestClock>
  readonly network: ReturnType<typeof createVirtualNetwork>
  readonly caller: VirtualPhone
  readonly callee: VirtualPhone
  readonly ends: { readonly call: PhoneCall; readonly end: PhoneCallEnd }[]
}

async function pair(reaction: Reaction, conditions: Partial<NetworkConditions> = {}, withAudio = false): Promise<Pair> {
  const clock = createTestClock()
  const random = createSeededRandom(7)
  const network = createVirtualNetwork({ clock, random, conditions })
  const library = createAudioLibrary({ names: [], load: () => new Uint8Array() })
  const media = createEmbeddedMedia({ clock, random, network, library, minPort: 20_000, maxPort: 20_100 })
  if (withAudio) await media.start()
  const ends: Pair['ends'] = []
  const common = {
    clock,
    random,
    logger: silentLogger,
    onEnded: (call: PhoneCall, end: PhoneCallEnd) => void ends.push({ call, end }),
    ...(withAudio ? { media } : {}),
  }
  const caller = await createVirtualPhone({
    ...common,
    network: network.host('10.0.0.1'),
    host: '10.0.0.1',
    user: 'ada',
  })
  const callee = await createVirtualPhone({
    ...common,
    network: network.host('10.0.0.2'),
    host: '10.0.0.2',
    port: 5060,
    user: 'bob',
    onCall: () => reaction,
  })
  open.push(
    () => caller.stop(),
    () => callee.stop(),
  )
  return { clock, network, caller, callee, ends }
}

function endsOf({ ends }: Pair) {
  return ends.map(({ call, end }) => [call.direction, end.by, end.status])
}

/** After the last retransmission nothing of a call is left. */
async function expectQuiet({ clock, caller, callee }: Pair): Promise<void> {
  await clock.advanceAsync(70_000)
  expect([caller.calls, callee.calls]).toEqual([[], []])
  expect([caller.load, callee.load]).toEqual([
    { dialogs: 0, transactions: 0 },
    { dialogs: 0, transactions: 0 },
  ])
  expect(clock.pending).toBe(0)
}

describe('a simulated phone', () => {
  it('rings, answers, talks and is hung up by the caller', async () => {
    const world = await pair({ kind: 'answer', ringAfterMs: 200, afterMs: 2_000, talkMs: null })
    const call = await world.caller.dial(world.callee.uri, { ...patient, talkMs: 5_000 })
    await world.clock.advanceAsync(100)
    expect(call.state).toBe('calling')
    await world.clock.advanceAsync(100)
    expect(call.state).toBe('ringing')
    await world.clock.advanceAsync(1_800)
    expect([call.state, world.callee.calls[0]?.state, world.callee.calls[0]?.peer]).toEqual([
      'answered',
      'answered',
      'ada',
    ])
    await world.clock.advanceAsync(5_000)
    expect(endsOf(world)).toEqual([
      ['outgoing', 'self', 200],
      ['incoming', 'peer', 200],
    ])
    await expectQuiet(world)
  })

  it('loses patience: CANCEL', async () => {
    const world = await pair({ kind: 'ignore', ringAfterMs: 100 })
    await world.caller.dial(world.callee.uri, { ...patient, patienceMs: 4_000 })
    await world.clock.advanceAsync(4_000)
    expect(endsOf(world)).toEqual([
      ['outgoing', 'self', 487],
      ['incoming', 'peer', 487],
    ])
    await expectQuiet(world)
  })

  it('waits to music and loses patience: BYE', async () => {
    const world = await pair({ kind: 'answer', ringAfterMs: null, afterMs: 0, talkMs: null })
    const call = await world.caller.dial(world.callee.uri, { patienceMs: 4_000, talkMs: 1_000, talkFrom: 'join' })
    await world.clock.advanceAsync(3_999)
    expect(call.state).toBe('answered')
    await world.clock.advanceAsync(1)
    expect(endsOf(world)).toEqual([
      ['outgoing', 'self', 200],
      ['incoming', 'peer', 200],
    ])
    await expectQuiet(world)
  })

  it('talks from the moment that somebody joins', async () => {
    const world = await pair({ kind: 'answer', ringAfterMs: null, afterMs: 0, talkMs: null })
    const call = await world.caller.dial(world.callee.uri, { patienceMs: 4_000, talkMs: 10_000, talkFrom: 'join' })
    await world.clock.advanceAsync(3_000)
    call.joined()
    await world.clock.advanceAsync(9_999)
    expect(call.state).toBe('answered')
    await world.clock.advanceAsync(1)
    expect(call.end).toEqual({ by: 'self', status: 200 })
    await expectQuiet(world)
  })

  it.each([486, 603, 503, 480])('refuses with %i', async status => {
    const world = await pair({ kind: 'refuse', ringAfterMs: 100, afterMs: 500, status, retryAfterSec: 3 })
    await world.caller.dial(world.callee.uri, patient)
    await world.clock.advanceAsync(500)
    expect(endsOf(world)).toEqual([
      ['incoming', 'self', status],
      ['outgoing', 'peer', status],
    ])
    await expectQuiet(world)
  })

  it('answers and hangs up at once', async () => {
    const world = await pair({ kind: 'answer', ringAfterMs: null, afterMs: 300, talkMs: 0 })
    await world.caller.dial(world.callee.uri, patient)
    await world.clock.advanceAsync(300)
    expect(endsOf(world)).toEqual([
      ['incoming', 'self', 200],
      ['outgoing', 'peer', 200],
    ])
    await expectQuiet(world)
  })

  it('holds and resumes', async () => {
    const world = await pair({
      kind: 'answer',
      ringAfterMs: null,
      afterMs: 0,
      talkMs: 10_000,
      hold: { afterMs: 2_000, forMs: 3_000 },
    })
    const call = await world.caller.dial(world.callee.uri, patient)
    await world.clock.advanceAsync(2_000)
    expect([call.held, world.callee.calls[0]?.holds]).toEqual([true, true])
    await world.clock.advanceAsync(3_000)
    expect([call.held, world.callee.calls[0]?.holds]).toEqual([false, false])
    await world.clock.advanceAsync(5_000)
    expect(call.end).toEqual({ by: 'peer', status: 200 })
    await expectQuiet(world)
  })

  it('gets through a bad network', async () => {
    const world = await pair(
      { kind: 'answer', ringAfterMs: 100, afterMs: 2_000, talkMs: null },
      { lossRate: 0.2, duplicateRate: 0.2, reorderRate: 0.2, delayMs: { min: 1, max: 30 } },
    )
    const calls: PhoneCall[] = []
    for (let count = 0; count < 20; count++)
      calls.push(await world.caller.dial(world.callee.uri, { ...patient, talkMs: 10_000 }))
    await world.clock.advanceAsync(60_000)
    expect(calls.map(({ end }) => end)).toEqual(calls.map(() => ({ by: 'self', status: 200 })))
    await expectQuiet(world)
  })

  it('notices that nobody is there', async () => {
    const world = await pair({ kind: 'ignore', ringAfterMs: null })
    world.network.partition('10.0.0.2')
    await world.caller.dial(world.callee.uri, patient)
    await world.clock.advanceAsync(32_000)
    expect(endsOf(world)).toEqual([['outgoing', 'network', 408]])
    await expectQuiet(world)
  })

  it('sends and hears audio if it is given media', async () => {
    const world = await pair({ kind: 'answer', ringAfterMs: null, afterMs: 0, talkMs: null }, {}, true)
    await world.caller.dial(world.callee.uri, { ...patient, talkMs: 2_000 })
    await world.clock.advanceAsync(1_000)
    // Each of the two sends a packet every 20 ms; signalling is a handful.
    expect(world.network.counts.delivered).toBeGreaterThan(95)
    expect(world.network.counts.delivered).toBeLessThan(115)
    await world.clock.advanceAsync(1_000)
    await expectQuiet(world)
  })
})
