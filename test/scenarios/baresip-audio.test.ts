/** Two baresip phones hear each other, or the music, through a queue: what they recorded is looked at for the tones. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { musicDroneHz } from '../../engine/media/audio/music.ts'
import { type Baresip, type BaresipCodec, baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { type EngineUnderTest, expectIdle, startEngine } from '../peers/engine.ts'
import type { Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { heardMs } from '../peers/wav.ts'

const password = 'correct-horse'
const callerToneHz = 600
const agentToneHz = 1000
/** Of the tones baresip sends with an amplitude of about 15,000; the drone is of 900. */
const toneAmplitude = 5000
const droneAmplitude = 400

type Answer = 'immediately' | 'with-agent'

function centerOf(answer: Answer, rest: CenterInput = {}): CenterInput {
  return {
    queues: [{ id: 'support', wrapUpMs: 0, answer }],
    agents: [{ id: 'ada', password, queues: ['support'], alwaysAvailable: true }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'carrier', addresses: [baresipHost] }],
    // The oldest baresip in use registers nowhere where SHA-256 is offered as well.
    sip: { digestAlgorithms: ['MD5'] },
    ...rest,
  }
}

async function registered({ engine }: EngineUnderTest, agentId: string): Promise<void> {
  await until(`${agentId} to be registered`, () => (engine.agents.get(agentId).devices.length > 0 ? true : null))
}

interface Phones {
  readonly agent: Baresip
  readonly caller: Baresip
}

async function startPhones(
  under: EngineUnderTest,
  options: { transport?: Transport; agent?: readonly BaresipCodec[]; caller?: readonly BaresipCodec[] } = {},
): Promise<Phones> {
  const { address } = under
  const { transport = 'udp' } = options
  const codecs = (own: readonly BaresipCodec[] | undefined) => (own === undefined ? {} : { codecs: own })
  const agent = await startBaresip({
    address,
    user: 'ada',
    password,
    transport,
    toneHz: agentToneHz,
    ...codecs(options.agent),
  })
  await registered(under, 'ada')
  const caller = await startBaresip({
    address,
    user: 'customer',
    transport,
    toneHz: callerToneHz,
    ...codecs(options.caller),
  })
  caller.dial(`sip:support@${address};transport=${transport}`)
  return { agent, caller }
}

/** Ends the call from the caller's side. */
async function hangUp({ agent, caller }: Phones, { log, engine }: EngineUnderTest): Promise<void> {
  caller.hangup()
  const ended = await log.waitFor('call.ended')
  expect(ended.data.ending).toBe('completed')
  await Promise.all([agent.waitFor('CALL_CLOSED'), caller.waitFor('CALL_CLOSED')])
  await expectIdle(engine)
}

function toneMs(phone: Baresip, frequencyHz: number): number {
  return heardMs(phone.heard(), frequencyHz, toneAmplitude)
}

/** Both tones of the drone. */
function musicMs(phone: Baresip): number {
  const heard = phone.heard()
  return Math.min(...musicDroneHz.map(frequencyHz => heardMs(heard, frequencyHz, droneAmplitude)))
}

/** Resolves when a phone has heard a second more of something. */
async function hearsMore(what: string, soFarMs: () => number): Promise<void> {
  const wantedMs = soFarMs() + 1000
  await until(`a second more of ${what}`, () => (soFarMs() >= wantedMs ? true : null), 20_000)
}

function hearsTone(phone: Baresip, frequencyHz: number): Promise<void> {
  return hearsMore(`${frequencyHz} Hz`, () => toneMs(phone, frequencyHz))
}

/** Each hears the other, and nobody himself. */
async function hearEachOther({ agent, caller }: Phones): Promise<void> {
  await Promise.all([hearsTone(agent, callerToneHz), hearsTone(caller, agentToneHz)])
  expect(toneMs(agent, agentToneHz)).toBe(0)
  expect(toneMs(caller, callerToneHz)).toBe(0)
}

const kinds: readonly {
  readonly title: string
  readonly answer: Answer
  readonly transport?: Transport
  readonly agent?: readonly BaresipCodec[]
  readonly caller?: readonly BaresipCodec[]
}[] = [
  { title: 'PCMU over UDP', answer: 'immediately', caller: ['pcmu'], agent: ['pcmu'] },
  { title: 'PCMA over TCP', answer: 'immediately', caller: ['pcma'], agent: ['pcma'], transport: 'tcp' },
  { title: 'PCMU from the caller, PCMA from the agent', answer: 'immediately', caller: ['pcmu'], agent: ['pcma'] },
  { title: 'G.722', answer: 'immediately', caller: ['g722'], agent: ['g722'] },
  { title: 'Opus, passed through', answer: 'with-agent', caller: ['opus'], agent: ['opus'] },
]

describe.skipIf(baresipPath === null)(titled('two phones with audio', 'baresip', baresipPath), () => {
  it.each(kinds)('hear each other in $title', async ({ answer, ...options }) => {
    const under = await startEngine(centerOf(answer))
    const phones = await startPhones(under, options)
    await under.log.waitFor('call.connected')
    await hearEachOther(phones)
    await hangUp(phones, under)
  })

  it('hear each other past the engine, after a handover', async () => {
    const under = await startEngine(centerOf('immediately', { media: { mode: 'direct' } }))
    const phones = await startPhones(under)
    await under.log.waitFor('call.connected')
    await until('the engine to let go of the audio', () => (under.engine.counters().rtpSessions === 0 ? true : null))
    await hearEachOther(phones)
    await hangUp(phones, under)
  })

  it('hear music while they wait', async () => {
    const { address, log, engine } = await startEngine(centerOf('immediately'))
    const caller = await startBaresip({ address, user: 'customer', toneHz: callerToneHz })
    caller.dial(`sip:support@${address}`)
    await hearsMore('music', () => musicMs(caller))
    caller.hangup()
    await log.waitFor('call.abandoned')
    await expectIdle(engine)
  })

  it.each(['caller', 'agent'] as const)(
    'hear music while the %s holds, and each other before and after',
    async holder => {
      const under = await startEngine(centerOf('with-agent'))
      const phones = await startPhones(under)
      await under.log.waitFor('call.connected')
      await hearEachOther(phones)
      phones[holder].hold()
      await under.log.waitFor('call.held')
      const [held, toneHz] = holder === 'caller' ? [phones.agent, callerToneHz] : [phones.caller, agentToneHz]
      await hearsMore('music', () => musicMs(held))
      phones[holder].resume()
      await under.log.waitFor('call.retrieved')
      // Of the holder nothing is asked: baresip 1.0.0 records nothing more once it has held a call.
      await hearsTone(held, toneHz)
      expect(musicMs(phones[holder])).toBe(0)
      await hangUp(phones, under)
    },
  )

  it('call each other by id when both have registered', async () => {
    const under = await startEngine(
      centerOf('with-agent', {
        agents: [
          { id: 'ada', password },
          { id: 'bob', password },
        ],
        trunks: [],
      }),
    )
    const { address, log, engine } = under
    engine.agents.signIn('bob', { availability: 'available' })
    const caller = await startBaresip({ address, user: 'ada', password, toneHz: callerToneHz })
    const agent = await startBaresip({ address, user: 'bob', password, transport: 'tcp', toneHz: agentToneHz })
    await registered(under, 'ada')
    await registered(under, 'bob')
    caller.dial(`sip:bob@${address}`)
    const arrived = await log.waitFor('call.arrived')
    expect(arrived.data).toMatchObject({ direction: 'internal', fromAgentId: 'ada', dnis: 'bob' })
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'bob')
    await hearEachOther({ agent, caller })
    await hangUp({ agent, caller }, under)
  })
})
