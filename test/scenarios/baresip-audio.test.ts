/** Two baresip phones hear each other, or the music, through a queue: what they recorded is looked at for the tones. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { musicDroneHz } from '../../engine/media/audio/music.ts'
import { type Baresip, type BaresipCodec, baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { type EngineUnderTest, expectIdle, startEngine } from '../peers/engine.ts'
import type { Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { heardMs, type Recording } from '../peers/wav.ts'

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

/** Ends the call from the caller's side and looks at both recordings. */
async function hangUp({ agent, caller }: Phones, { log, engine }: EngineUnderTest) {
  caller.hangup()
  const ended = await log.waitFor('call.ended')
  expect(ended.data.ending).toBe('completed')
  await Promise.all([agent.waitFor('CALL_CLOSED'), caller.waitFor('CALL_CLOSED')])
  await expectIdle(engine)
  return { byAgent: await agent.heard(), byCaller: await caller.heard() }
}

function musicMs(recording: Recording): number {
  return Math.min(...musicDroneHz.map(frequencyHz => heardMs(recording, frequencyHz, droneAmplitude)))
}

/** They talk this long, so that there is a second of audio to look at. */
const talkMs = 1500

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
    await pause(talkMs)
    const { byAgent, byCaller } = await hangUp(phones, under)
    expect(heardMs(byAgent, callerToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
    expect(heardMs(byCaller, agentToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
    expect(heardMs(byAgent, agentToneHz, toneAmplitude)).toBe(0)
    expect(heardMs(byCaller, callerToneHz, toneAmplitude)).toBe(0)
  })
  it('hear each other past the engine, after a handover', async () => {
    const under = await startEngine(centerOf('immediately', { media: { mode: 'direct' } }))
    const phones = await startPhones(under)
    await under.log.waitFor('call.connected')
    await until('the engine to let go of the audio', () => (under.engine.counters().rtpSessions === 0 ? true : null))
    await pause(talkMs)
    const { byAgent, byCaller } = await hangUp(phones, under)
    expect(heardMs(byAgent, callerToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
    expect(heardMs(byCaller, agentToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
  })

  it('hear music while they wait', async () => {
    const { address, log, engine } = await startEngine(centerOf('immediately'))
    const caller = await startBaresip({ address, user: 'customer', toneHz: callerToneHz })
    caller.dial(`sip:support@${address}`)
    await caller.waitFor('CALL_ESTABLISHED')
    await pause(talkMs)
    caller.hangup()
    await log.waitFor('call.abandoned')
    await caller.waitFor('CALL_CLOSED')
    expect(musicMs(await caller.heard())).toBeGreaterThanOrEqual(750)
    await expectIdle(engine)
  })

  it.each(['caller', 'agent'] as const)('hear music while the %s holds', async holder => {
    const under = await startEngine(centerOf('with-agent'))
    const phones = await startPhones(under)
    await under.log.waitFor('call.connected')
    await pause(talkMs)
    phones[holder].hold()
    await under.log.waitFor('call.held')
    await pause(talkMs)
    phones[holder].resume()
    await under.log.waitFor('call.retrieved')
    await pause(talkMs)
    const { byAgent, byCaller } = await hangUp(phones, under)
    const [held, toneHz] = holder === 'caller' ? [byAgent, callerToneHz] : [byCaller, agentToneHz]
    expect(musicMs(held)).toBeGreaterThanOrEqual(750)
    // Before and after: more than either half alone could give.
    expect(heardMs(held, toneHz, toneAmplitude)).toBeGreaterThanOrEqual(2000)
    expect(musicMs(holder === 'caller' ? byCaller : byAgent)).toBe(0)
  })

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
    await pause(talkMs)
    const { byAgent, byCaller } = await hangUp({ agent, caller }, under)
    expect(heardMs(byAgent, callerToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
    expect(heardMs(byCaller, agentToneHz, toneAmplitude)).toBeGreaterThanOrEqual(750)
  })
})
