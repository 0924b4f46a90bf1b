/** An agent goes on with another phone (RFC 3891): the first one is a stranger's stack, the second one is SIPp. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { until } from '../peers/deadline.ts'
import { contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippCaller, sippPath } from '../peers/sipp.ts'

const password = 'correct-horse'

async function talk(mode: 'relay' | 'direct') {
  const desk = await startPackagePhone(hosts.agent)
  const center: CenterInput = {
    queues: [{ id: 'support', wrapUpMs: 0 }],
    agents: [
      {
        id: 'ada',
        contact: contactUri('ada', desk.host, desk.port),
        devices: ['mobile'],
        queues: ['support'],
        alwaysAvailable: true,
      },
      { id: 'eve', password },
    ],
    devices: [{ id: 'mobile', password }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'people', addresses: [hosts.caller] }],
    sip: { digestAlgorithms: ['MD5'] },
    media: { mode, timeoutMs: 0 },
  }
  const under = await startEngine(center)
  const caller = await startPackagePhone(hosts.caller)
  const call = await caller.call('support', under.address)
  await under.log.waitFor('call.connected')
  await until('the desk to have it', () => (desk.calls.answered > 0 ? true : null))
  const [replaces = ''] = desk.dialogs
  const phone = (values: Readonly<Record<string, string>>, scenario = 'uac-takes-over') =>
    sippCaller({
      scenario,
      host: hosts.secondAgent,
      address: under.address,
      to: 'ada',
      values: { password, replaces, ...values },
      // Otherwise SIPp signs for a URI without a user, which is not the one that it asks for.
      args: ['-auth_uri', `ada@${under.address}`],
    })
  return { ...under, desk, call, phone }
}

describe.skipIf(sippPath === null)(titled('an agent who goes on with another phone', 'SIPp', sippPath), () => {
  it.each(['relay', 'direct'] as const)('has the call there, and the old phone is hung up (%s)', async mode => {
    const { engine, log, desk, call, phone } = await talk(mode)
    const mobile = await phone({ user: 'mobile' })
    await log.waitFor('call.moved', ({ agentId }) => agentId === 'ada')
    await until('the desk to be hung up', () => (desk.calls.ended === 1 ? true : null))
    expect(engine.agents.get('ada').slot).toBe('engaged')
    expect(log.all('call.connected')).toHaveLength(1)
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(mobile)
    await expectIdle(engine)
  })

  it('may not if he is somebody else, and the call goes on', async () => {
    const { engine, log, desk, call, phone } = await talk('relay')
    await expectSuccess(await phone({ user: 'eve', status: '403' }, 'uac-takes-over-in-vain'))
    expect([desk.calls.ended, log.all('call.moved').length]).toEqual([0, 0])
    expect(await call.hangUp()).toBe(200)
    await expectIdle(engine)
  })
})
