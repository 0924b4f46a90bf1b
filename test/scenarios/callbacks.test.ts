/** Callers who choose to be called back, and are, in order: SIPp as callers, as their phones at the carrier, and as agents. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { readPrompts } from '../../engine/node/media-prompts.ts'
import { until } from '../peers/deadline.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { openRtp, type RtpPeer } from '../peers/rtp.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const library = createAudioLibrary(readPrompts())
const customer = '+442079460000'

function onTheLine(name: string): Buffer {
  return Buffer.from(library.prompt(name, 'PCMU') ?? [])
}

async function hears(audio: RtpPeer, what: string, ...names: readonly string[]): Promise<void> {
  const said = Buffer.concat(names.map(onTheLine))
  await until(what, () => (audio.recording.includes(said) ? true : null))
}

type Place = Pick<Sipp, 'host' | 'port'>
type QueueInput = NonNullable<CenterInput['queues']>[number]

/** The agent's fixed phone, nobody signed in, and a carrier who leads to the customer's phone. */
function center(agent: Place, phone: Place, queue: Omit<QueueInput, 'id'> = {}): CenterInput {
  const base = callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }], queue)
  return {
    ...base,
    agents: (base.agents ?? []).map(one => ({ ...one, alwaysAvailable: false })),
    trunks: [{ id: 'carrier', addresses: [hosts.caller], host: `${phone.host}:${phone.port}` }],
    outbound: [{ prefix: '+4420', trunk: 'carrier', callerId: '+441632960000' }],
  }
}

/**
 * Calls and presses the key. His own number is said to him, or he enters another one; he confirms it, and hears that it is
 * settled; then the call is ended.
 */
async function askToBeCalledBack(address: string, other: string | null = null): Promise<void> {
  const audio = await openRtp(hosts.caller)
  const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: audio.port })
  const heard = (what: string, ...names: string[]) => hears(audio, what, ...names.map(name => `en/${name}`))
  await heard('the offer', 'callback-offer')
  await audio.press('1')
  if (other === null) await heard('the number', 'callback-number', 'number-4', 'number-4', 'number-2', 'number-0')
  else for (const key of `2${other}#`) await audio.press(key)
  if (other !== null) await heard('the other number', 'callback-number', 'number-4', 'number-4', 'number-2', 'number-0')
  await audio.press('1')
  await expectSuccess(caller)
  await heard('that it is settled', 'callback-accepted')
}

const offer = { afterMs: 0, everyMs: 60_000, key: '1' }

describe.skipIf(sippPath === null)(titled('callbacks', 'SIPp', sippPath), () => {
  it('agent-first: the agent accepts, hears that the customer is called, and talks to him', async () => {
    const agentEars = await openRtp(hosts.agent)
    const agent = await sippAgent({
      scenario: 'uas-hangs-up',
      host: hosts.agent,
      rtpPort: agentEars.port,
      pauseMs: 8000,
    })
    const phone = await startPackagePhone(hosts.caller, { answers: 'when told' })
    const under = await startEngine(center(agent, phone, { callback: { offer } }))
    const { engine, log } = under
    await askToBeCalledBack(under.address)
    const first = await log.waitFor('call.ended')
    expect(first.data).toMatchObject({ ending: 'diverted', cause: 'callbackAccepted' })
    const [open] = engine.callbacks.list('support')
    expect(open).toMatchObject({
      number: customer,
      position: 1,
      state: 'waiting',
      attempts: 0,
      callId: first.data.callId,
    })
    expect(engine.queues.get('support').metrics).toMatchObject({
      waiting: 0,
      callbacks: 1,
      today: { offered: 1, callbackAccepted: 1, abandoned: 0 },
    })

    engine.agents.signIn('a1', { availability: 'available' })
    const attempted = await log.waitFor('callback.attempted')
    expect(attempted.data).toMatchObject({ number: customer, attempt: 1, mode: 'agent-first', agentId: 'a1' })
    expect(attempted.data.callId).not.toBe(first.data.callId)
    const pop = await log.waitFor('screenpop.requested')
    expect(pop.data).toMatchObject({ trigger: 'callbackPreview', ani: { e164: customer } })
    await hears(agentEars, 'that the customer is called', 'en/callback-calling')
    await phone.answer()
    const connected = await log.waitFor('callback.connected')
    expect(connected.data).toMatchObject({ agentId: 'a1', attempt: 1 })
    expect(engine.callbacks.list()).toEqual([])
    await expectSuccess(agent)
    await until('the customer to be hung up', () => (phone.calls.ended === 1 ? true : null))
    const record = await log.waitFor('call.ended', ({ callId }) => callId === attempted.data.callId)
    expect(record.data).toMatchObject({ ending: 'completed', cause: 'agentHangup' })
    expect(await engine.calls.get(attempted.data.callId)).toMatchObject({
      direction: 'outbound',
      callbackId: open?.id,
      visits: [{ visitId: open?.id, outcome: 'answered', callbackId: open?.id, enqueuedAt: open?.enqueuedAt }],
    })
    expect(engine.queues.get('support').metrics.today).toMatchObject({ offered: 1, answered: 0, callbackAccepted: 1 })
    await expectIdle(engine)
  })

  it('customer-first: the customer is called when an agent is free, greeted, and connected', async () => {
    const ears = await openRtp(hosts.caller)
    const agent = await sippAgent({ scenario: 'uas-hangs-up', host: hosts.agent, pauseMs: 1500 })
    const phone = await sippAgent({ scenario: 'uas-answer', host: hosts.caller, rtpPort: ears.port, pauseMs: 300 })
    const under = await startEngine(center(agent, phone, { callback: { offer, mode: 'customer-first' } }))
    const { engine, log } = under
    await askToBeCalledBack(under.address)
    await log.waitFor('call.ended')
    engine.agents.signIn('a1', { availability: 'available' })
    const attempted = await log.waitFor('callback.attempted')
    expect(attempted.data).toMatchObject({ mode: 'customer-first', agentId: null })
    const { data } = await log.waitFor('callback.connected')
    expect(data).toMatchObject({ agentId: 'a1', attempt: 1, callId: attempted.data.callId })
    await hears(ears, 'the greeting', 'en/callback-greeting')
    await expectSuccess(agent, phone)
    await log.waitFor('call.ended', ({ callId }) => callId === attempted.data.callId)
    await expectIdle(engine)
  })

  it('tries a busy customer again, who is connected then', async () => {
    const [busy, phone] = [
      await sippAgent({
        scenario: 'uas-refuses',
        host: hosts.caller,
        values: { status: '486 Busy Here', header: 'X-Test: 1' },
      }),
      await sippAgent({ scenario: 'uas-answer', host: hosts.caller, pauseMs: 300 }),
    ]
    const agent = await sippAgent({ scenario: 'uas-hangs-up', host: hosts.agent, pauseMs: 1500 })
    const callback = { mode: 'customer-first', retryMs: 2_000 } as const
    const { engine, log } = await startEngine(center(agent, busy, { callback }))
    engine.agents.signIn('a1', { availability: 'available' })
    const { id } = engine.callbacks.request('support', { number: customer, name: 'Ada Byron' })
    const failed = await log.waitFor('callback.failed')
    expect(failed.data).toMatchObject({ callbackId: id, attempt: 1, reason: 'busy', sipCode: 486 })
    await engine.applyCenter(center(agent, phone, { callback }))
    await log.waitFor('callback.connected', ({ attempt }) => attempt === 2)
    await expectSuccess(busy, phone, agent)
    expect(
      Date.parse((await log.waitFor('callback.attempted', ({ attempt }) => attempt === 2)).time),
    ).toBeGreaterThanOrEqual(Date.parse(failed.data.nextAt ?? ''))
    await expectIdle(engine)
  })

  it('calls those back in order who asked a process that was killed', async () => {
    const nobody = { host: hosts.agent, port: 5060 }
    const url = `pglite://${scratchFolder()}`
    const port = await freePort(hosts.engine)
    const before = startProcess(url, port, { ...center(nobody, nobody, { callback: { offer } }), countryCode: '44' })
    await before.waitFor('ready')
    await askToBeCalledBack(`${hosts.engine}:${port}`)
    await askToBeCalledBack(`${hosts.engine}:${port}`, '02079460001')
    await until('both', () => (before.told('callback.requested').length === 2 ? true : null))
    await before.kill()
    const [first, second] = before.told('callback.requested')
    expect([first?.data.position, second?.data.position]).toEqual([1, 2])

    const agent = await sippAgent({ scenario: 'uas-hangs-up', host: hosts.agent, calls: 2, pauseMs: 2000 })
    const phone = await sippAgent({ scenario: 'uas-answer', host: hosts.caller, calls: 2, pauseMs: 300 })
    const staffed = center(agent, phone, { callback: { offer } })
    const agents = (staffed.agents ?? []).map(one => ({ ...one, alwaysAvailable: true }))
    const after = startProcess(url, port, { ...staffed, agents })
    await until('both called back', () => (after.told('callback.connected').length === 2 ? true : null), 120_000)
    expect(after.told('callback.connected').map(({ data }) => data.callbackId)).toEqual([
      first?.data.callbackId,
      second?.data.callbackId,
    ])
    expect(after.told('callback.attempted').map(({ data }) => data.number)).toEqual([customer, '+442079460001'])
    // The place in line is the one that they had.
    const enqueued = after.told('call.queued').map(({ data }) => data.enqueuedAt)
    expect(enqueued).toEqual([first?.data.enqueuedAt, second?.data.enqueuedAt])
    await expectSuccess(agent, phone)
    await after.kill()
  })
})

interface Told {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The process of callback-process.ts; it never outlives its test. */
function startProcess(url: string, port: number, given: CenterInput) {
  const program = fileURLToPath(new URL('callback-process.ts', import.meta.url))
  const child = spawn(process.execPath, [program, url, String(port), JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const exited = once(child, 'close')
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  const lines = () => output.split('\n').filter(line => line.startsWith('{'))
  return {
    kill,
    waitFor: (word: string) => until(word, () => (output.includes(word) ? true : null), 60_000),
    told: (type: string): readonly Told[] =>
      lines().flatMap(line => {
        const event = JSON.parse(line) as Told
        return event.type === type ? [event] : []
      }),
  }
}
