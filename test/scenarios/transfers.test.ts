/** Transfers with phones that we did not write: SIPp refers blindly, baresip with audio, JsSIP after a consultation. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { JsSipPhone, serveSipSocket } from '../peers/jssip.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { heardMs } from '../peers/wav.ts'

const number = '+442071234567'
const password = 'correct-horse'

function centerOf(agent: Sipp, other: Sipp, mode: 'relay' | 'direct' = 'relay'): CenterInput {
  return {
    queues: [
      { id: 'support', wrapUpMs: 2_500, answer: mode === 'relay' ? 'immediately' : 'with-agent' },
      { id: 'sales', wrapUpMs: 0 },
    ],
    agents: [
      { id: 'a1', contact: contactUri('a1', agent.host, agent.port), queues: ['support'], alwaysAvailable: true },
      { id: 'a2', contact: contactUri('a2', other.host, other.port), queues: ['sales'], alwaysAvailable: true },
    ],
    numbers: [
      { match: 'support', queue: 'support' },
      { match: 'sales', queue: 'sales' },
    ],
    trunks: [
      { id: 'people', addresses: [hosts.caller] },
      { id: 'carrier', addresses: [hosts.stranger], host: `${other.host}:${other.port}` },
    ],
    outbound: [{ prefix: '+44', trunk: 'carrier' }],
    media: { mode, timeoutMs: 0 },
  }
}

describe.skipIf(sippPath === null)(titled('a blind transfer', 'SIPp', sippPath), () => {
  it.each([
    { target: 'a2', to: 'agent:a2', mode: 'relay' },
    { target: 'a2', to: 'agent:a2', mode: 'direct' },
    { target: 'sales', to: 'queue:sales', mode: 'relay' },
    { target: number, to: `number:${number}`, mode: 'relay' },
  ] as const)('to $to ($mode)', async ({ target, to, mode }) => {
    const agent = await sippAgent({
      scenario: 'uas-refers',
      host: hosts.agent,
      pauseMs: 600,
      values: { target },
    })
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
    const { address, log, engine } = await startEngine(centerOf(agent, other, mode))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    await log.waitFor('call.transferred', data => data.kind === 'blind' && data.to === to)
    await log.waitFor('call.wrapup_started', ({ agentId }) => agentId === 'a1')
    await (target === number
      ? log.waitFor('call.outside_connected')
      : log.waitFor('call.connected', ({ agentId }) => agentId === 'a2'))
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent, other)
    await expectIdle(engine)
  })

  it('comes back to the agent when the target refuses', async () => {
    const agent = await sippAgent({
      scenario: 'uas-refers-in-vain',
      host: hosts.agent,
      pauseMs: 600,
      values: { target: 'a2', final: '480' },
    })
    const other = await sippAgent({
      scenario: 'uas-refuses',
      host: hosts.secondAgent,
      values: { status: '486 Busy Here', header: 'Subject: none' },
    })
    const { address, log, engine } = await startEngine(centerOf(agent, other))
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address })
    await expectSuccess(caller, agent, other)
    await log.waitFor('call.transfer_failed', ({ next }) => next === 'recall')
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', endedBy: 'agent' })
    expect(log.all('call.connected').map(({ data }) => data.agentId)).toEqual(['a1', 'a1'])
    await expectIdle(engine)
  })

  it.each([
    { target: 'a2', to: 'agent:a2', mode: 'relay' },
    { target: 'a2', to: 'agent:a2', mode: 'direct' },
    { target: number, to: `number:${number}`, mode: 'relay' },
  ] as const)('to $to, whom the agent calls himself and who still rings ($mode)', async ({ target, to, mode }) => {
    const agent = await sippAgent({ scenario: 'uas-refers-to-ringing', host: hosts.agent, values: { target } })
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent, pauseMs: 1_500 })
    const { address, log, engine } = await startEngine(centerOf(agent, other, mode))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    await log.waitFor('call.transferred', data => data.kind === 'attended' && data.to === to)
    expect(log.all('offer.failed')).toEqual([])
    expect(await call.hangUp()).toBe(200)
    // Who was rung was so once: another INVITE would have been one too many for SIPp.
    await expectSuccess(agent, other)
    await expectIdle(engine)
  })

  it.each(['+8821234567', 'nobody'])('to %s is refused, and the call goes on', async target => {
    const agent = await sippAgent({
      scenario: 'uas-refer-refused',
      host: hosts.agent,
      pauseMs: 500,
      values: { target, status: '403' },
    })
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
    const { address, log, engine } = await startEngine(centerOf(agent, other))
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    expect(log.all('call.transfer_started')).toEqual([])
    expect(log.all('call.outside_dialled')).toEqual([])
    await other.kill()
    await expectIdle(engine)
  })
})

describe.skipIf(sippPath === null)(titled('an agent who hands on whom he has called', 'SIPp', sippPath), () => {
  it.each([
    { target: 'a2', to: 'agent:a2', mode: 'relay' },
    { target: 'a2', to: 'agent:a2', mode: 'direct' },
    { target: 'sales', to: 'queue:sales', mode: 'relay' },
  ] as const)('to $to ($mode)', async ({ target, to, mode }) => {
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
    const outside = await startPackagePhone(hosts.stranger)
    const center = centerOf(other, other, mode)
    const { address, log, engine } = await startEngine({
      ...center,
      agents: [...(center.agents ?? []).slice(1), { id: 'ada', password }],
      trunks: [{ id: 'carrier', host: `${outside.host}:${outside.port}` }],
      sip: { digestAlgorithms: ['MD5'] },
    })
    const agent = await sippCaller({
      scenario: 'uac-refers',
      host: hosts.agent,
      address,
      to: number,
      values: { user: 'ada', password, target },
      args: ['-auth_uri', `${number}@${address}`],
    })
    await log.waitFor('call.transferred', data => data.kind === 'blind' && data.to === to)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'a2')
    const { data } = await log.waitFor('call.outside_connected')
    // Two re-INVITEs have turned the party to music and to the agent, where audio runs past us.
    if (mode === 'direct')
      await until('audio to run past us', () => (engine.counters().rtpSessions === 0 ? true : null))
    engine.calls.hangup(data.callId)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectSuccess(agent, other)
    await until('the party to be hung up', () => (outside.calls.ended === 1 ? true : null))
    await expectIdle(engine)
  })
})

const phonesOfTheirOwn: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0 }],
  agents: [
    { id: 'ada', password, queues: ['support'], alwaysAvailable: true },
    { id: 'bob', password, alwaysAvailable: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: [hosts.caller, baresipHost] }],
  sip: { digestAlgorithms: ['MD5'] },
  media: { timeoutMs: 0 },
}

describe.skipIf(baresipPath === null)(titled('a blind transfer with audio', 'baresip', baresipPath), () => {
  it('the caller hears the agent whom he was sent to', async () => {
    const { address, log, engine } = await startEngine(phonesOfTheirOwn)
    const ada = await startBaresip({ address, user: 'ada', password, toneHz: 1000 })
    const bob = await startBaresip({ address, user: 'bob', password, toneHz: 1400 })
    await until('both to be registered', () => (engine.counters().registrations === 2 ? true : null))
    const caller = await startBaresip({ address, user: 'customer', toneHz: 600 })
    caller.dial(`sip:support@${address}`)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
    await until('Ada to be heard', () => (heardMs(caller.heard(), 1000, 5000) > 500 ? true : null))
    ada.transfer(`sip:bob@${address}`)
    await log.waitFor('call.transferred', ({ to }) => to === 'agent:bob')
    await until('Bob to be heard', () => (heardMs(caller.heard(), 1400, 5000) > 1000 ? true : null))
    await until('Bob to hear', () => (heardMs(bob.heard(), 600, 5000) > 500 ? true : null))
    caller.hangup()
    await Promise.all([ada.waitFor('CALL_CLOSED'), bob.waitFor('CALL_CLOSED')])
    await expectIdle(engine)
  })
})

describe('a transfer after a consultation, with JsSIP', () => {
  async function consult(mode: 'relay' | 'direct' = 'relay') {
    const under = await startEngine({ ...phonesOfTheirOwn, media: { mode, timeoutMs: 0 } })
    const { engine, log, address } = under
    const url = await serveSipSocket(engine)
    const [ada, bob] = [new JsSipPhone(url, 'ada', password, true), new JsSipPhone(url, 'bob', password, true)]
    await until('both to be registered', () => (engine.counters().registrations === 2 ? true : null))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    const { data } = await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
    // A phone does nothing with a call of which it has not heard yet that it is one.
    const confirmed = (count: number) =>
      until(`${count} calls at Ada's phone`, () =>
        ada.told.filter(it => it === 'confirmed').length === count ? true : null,
      )
    await confirmed(1)
    ada.hold()
    await log.waitFor('call.held')
    ada.call('bob')
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'bob')
    await log.waitFor('call.consult_started', ({ callId }) => callId === data.callId)
    await confirmed(2)
    return { ...under, ada, bob, call, callId: data.callId }
  }

  it.each(['relay', 'direct'] as const)('joins the caller with whom the agent has asked (%s)', async mode => {
    const { log, engine, ada, bob, call, callId } = await consult(mode)
    ada.attendedTransfer()
    await log.waitFor('call.transferred', data => data.kind === 'attended' && data.callId === callId)
    await until('the last NOTIFY', () => (ada.told.includes('transfer accepted') ? true : null))
    await log.waitFor('call.ended', ({ cause }) => cause === 'transferred')
    expect((await engine.calls.get(callId))?.agentId).toBe('bob')
    expect(await call.hangUp()).toBe(200)
    await until('Bob to be hung up', () => (bob.told.some(it => it.startsWith('ended')) ? true : null))
    await expectIdle(engine)
  })

  it('the caller hangs up meanwhile: the agents talk on', async () => {
    const { log, engine, ada, bob, call, callId } = await consult()
    expect(await call.hangUp()).toBe(200)
    await log.waitFor('call.consult_ended', ({ outcome }) => outcome === 'caller')
    await log.waitFor('call.ended', data => data.callId === callId && data.cause === 'heldHangup')
    expect(bob.told.some(it => it.startsWith('ended'))).toBe(false)
    ada.hangUp()
    await until('Bob to be hung up', () => (bob.told.some(it => it.startsWith('ended')) ? true : null))
    await expectIdle(engine)
  })
})
