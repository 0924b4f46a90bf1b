/** SIP.md §2 row 12: an exception in one call's handler ends that call, by 500 or BYE, frees its agent, and nothing else. */
import { expect, it } from 'vitest'
import type { Engine } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { createEngine } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { AnyEvent } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PhoneCall } from '../simulation/phone-call.ts'
import type { CallerPlan, Reaction } from '../simulation/phone-plan.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createVirtualNetwork } from '../simulation/virtual-network.ts'
import { createVirtualPhone } from '../simulation/virtual-phone.ts'
import { createToldMedia } from './testing/told-media.ts'

const engineHost = '10.0.0.1'
const callerHost = '10.1.0.1'
const agentHosts = { ada: '10.2.0.1', bob: '10.2.0.2' }
const talkOn: CallerPlan = { patienceMs: null, talkMs: null, talkFrom: 'answer' }
const friendly: Reaction = { kind: 'answer', ringAfterMs: 50, afterMs: 500, talkMs: null }

/** A delay that the clock refuses once: who arms it there dies of it. */
const poisonMs = 12_345

async function setUp(queue: NonNullable<CenterInput['queues']>[number], agents: readonly (keyof typeof agentHosts)[]) {
  const clock = createTestClock()
  const network = createVirtualNetwork({ clock, random: createSeededRandom(3) })
  const media = createToldMedia()
  const faults: unknown[] = []
  const events: AnyEvent[] = []
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: fields => faults.push('err' in fields ? fields.err : fields),
    child: () => logger,
  }
  let poison = false
  const poisoned: Clock = {
    now: () => clock.now(),
    setTimeout(callback, delayMs) {
      if (!poison || delayMs !== poisonMs) return clock.setTimeout(callback, delayMs)
      poison = false
      throw new Error('poisoned timer')
    },
    clearTimeout: handle => clock.clearTimeout(handle),
  }
  const engine: Engine = createEngine({
    clock: poisoned,
    logger,
    random: createSeededRandom(1),
    network: network.host(engineHost),
    media,
    sip: { listen: [`udp://${engineHost}:5060`] },
    center: {
      queues: [queue],
      agents: agents.map(id => ({
        id,
        contact: `sip:${id}@${agentHosts[id]}:5060`,
        queues: ['support'],
        alwaysAvailable: true,
      })),
      numbers: [{ match: 'support', queue: 'support' }],
      trunks: [{ id: 'people', addresses: [`${callerHost}/32`] }],
    },
  })
  engine.onAny(event => events.push(event))
  await engine.start()
  const phone = (host: string, user: string, port = 5060) =>
    createVirtualPhone({
      network: network.host(host),
      clock,
      random: createSeededRandom(port),
      logger,
      host,
      port,
      user,
      onCall: () => friendly,
    })
  const phones = await Promise.all(agents.map(id => phone(agentHosts[id], id)))
  let port = 6000
  return {
    clock,
    media,
    engine,
    faults,
    events,
    phones,
    poison: () => {
      poison = true
    },
    async call(): Promise<PhoneCall> {
      const caller = await phone(callerHost, 'caller', port++)
      return caller.dial(`sip:support@${engineHost}:5060`, talkOn)
    },
    run: (ms: number) => clock.advanceAsync(ms),
    ended: () => events.flatMap(event => (event.type === 'call.ended' ? [event.data] : [])),
    free: () => engine.agents.list().every(({ slot, routable }) => slot === 'idle' && routable),
    async stop() {
      const stopped = engine.stop()
      for (let turn = 0; turn < 50; turn++) await clock.advanceAsync(100)
      await stopped
    },
  }
}

it('a call whose machine dies gets 500; its agent is free, and takes the next call', async () => {
  const queue = {
    id: 'support',
    answer: 'with-agent',
    ringTimeoutMs: poisonMs,
    wrapUpMs: 0,
    offerCooldownMs: 0,
  } as const
  const { poison, call, run, ended, free, faults, engine, stop } = await setUp(queue, ['ada'])
  poison()
  const first = await call()
  await run(2_000)
  expect(faults.map(String)).toContain('Error: poisoned timer')
  expect(first.end).toEqual({ by: 'peer', status: 500 })
  expect(ended()).toMatchObject([{ ending: 'failed', endedBy: 'system', cause: 'fault', sipCode: 500 }])
  expect([free(), engine.counters().callsActive]).toEqual([true, 0])
  const second = await call()
  await run(2_000)
  expect(second.state).toBe('answered')
  await stop()
})

it('a fault while two are joined says BYE to both; the other call talks on', async () => {
  const queue = { id: 'support', answer: 'immediately', wrapUpMs: 0, offerCooldownMs: 0 } as const
  const { media, call, run, ended, engine, phones, stop } = await setUp(queue, ['ada', 'bob'])
  const good = await call()
  await run(2_000)
  media.faults.set('join', new Error('no join'))
  const bad = await call()
  await run(2_000)
  expect(bad.end).toEqual({ by: 'peer', status: 200 })
  expect(good.state).toBe('answered')
  expect(ended()).toHaveLength(1)
  expect(phones.map(({ calls }) => calls.length)).toEqual([1, 0])
  expect(engine.agents.list().map(({ slot }) => slot)).toEqual(['engaged', 'idle'])
  expect(engine.counters().rtpSessions).toBe(2)
  await stop()
})

it('a fault in a timer of a waiting call ends it by BYE; the next one waits on', async () => {
  const announce = { position: true, everyMs: 5_000 }
  const queue = { id: 'support', answer: 'immediately', announce } as const
  const { media, call, run, ended, engine, stop } = await setUp(queue, [])
  const bad = await call()
  await run(1_000)
  const good = await call()
  await run(500)
  media.faults.set('play', new Error('no play'))
  await run(10_000)
  expect([bad.end, good.state]).toEqual([{ by: 'peer', status: 200 }, 'answered'])
  expect(ended()).toMatchObject([{ ending: 'failed', cause: 'fault' }])
  expect(engine.counters()).toMatchObject({ callsActive: 1, callsWaiting: 1, rtpSessions: 1 })
  await stop()
})

it('a fault while a call is let into its queue gives 500; nothing of it is left', async () => {
  const { media, call, run, ended, engine, stop } = await setUp({ id: 'support', answer: 'immediately' }, [])
  media.faults.set('playableEncodings', new Error('no encodings'))
  const bad = await call()
  await run(500)
  const good = await call()
  await run(500)
  expect([bad.end, good.state]).toEqual([{ by: 'peer', status: 500 }, 'answered'])
  expect(ended()).toMatchObject([{ ending: 'failed', cause: 'fault', sipCode: 500 }])
  expect(engine.counters()).toMatchObject({ callsActive: 1, callsWaiting: 1 })
  await stop()
})

it('a fault in the ending itself leaves nobody behind', async () => {
  const queue = { id: 'support', answer: 'immediately', wrapUpMs: 0, offerCooldownMs: 0 } as const
  const { media, call, run, ended, free, engine, phones, stop } = await setUp(queue, ['ada'])
  const one = await call()
  await run(2_000)
  media.faults.set('close', new Error('no close'))
  one.hangup()
  await run(2_000)
  expect(ended()).toMatchObject([{ ending: 'completed' }])
  expect([free(), phones[0]?.calls.length, engine.counters().callsActive]).toEqual([true, 0, 0])
  expect(engine.counters().sipDialogs).toBe(0)
  await stop()
})

it('a caller for whom no audio can be had gets 503', async () => {
  const queue = { id: 'support', answer: 'immediately' } as const
  const { media, call, run, ended, stop } = await setUp(queue, [])
  const { open } = media
  media.open = () => Promise.reject(new EngineError('media.no_ports', 'no ports'))
  const one = await call()
  await run(500)
  expect(one.end).toEqual({ by: 'peer', status: 503 })
  expect(ended()).toMatchObject([{ ending: 'failed', cause: 'mediaUnavailable', sipCode: 503 }])
  media.open = open
  await stop()
})
