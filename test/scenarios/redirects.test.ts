/** Phones that send their agent's calls elsewhere: SIPp answers 302, and is followed as far as the center lets it. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippPath } from '../peers/sipp.ts'

const number = '+442071234567'

describe.skipIf(sippPath === null)(titled('a phone that sends its calls elsewhere', 'SIPp', sippPath), () => {
  it.each([
    { to: 'another phone of the agent', contact: 'sip:mobile@center.example', redirects: 'follow' },
    { to: 'a number outside', contact: `sip:${number}@forward.example`, redirects: 'follow' },
    { to: 'a number outside, in vain', contact: `sip:${number}@forward.example`, redirects: 'refuse' },
  ] as const)('to $to', async ({ contact, redirects }) => {
    const agent = await sippAgent({ scenario: 'uas-redirects', host: hosts.agent, values: { contact } })
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
    const center: CenterInput = {
      queues: [{ id: 'support', wrapUpMs: 0 }],
      agents: [
        {
          id: 'ada',
          contact: contactUri('ada', agent.host, agent.port),
          devices: ['mobile'],
          queues: ['support'],
          alwaysAvailable: true,
        },
      ],
      devices: [{ id: 'mobile', contact: contactUri('mobile', other.host, other.port) }],
      numbers: [{ match: 'support', queue: 'support' }],
      trunks: [
        { id: 'people', addresses: [hosts.caller] },
        { id: 'carrier', host: `${other.host}:${other.port}` },
      ],
      outbound: [{ prefix: '+44', trunk: 'carrier' }],
      sip: { redirects },
      media: { timeoutMs: 0 },
    }
    const { address, log, engine } = await startEngine(center)
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    if (redirects === 'refuse') {
      await log.waitFor('offer.failed', ({ reason, sipCode }) => reason === 'redirected' && sipCode === 302)
      expect(log.all('offer.redirected')).toEqual([])
      await other.kill()
    } else {
      await log.waitFor('offer.redirected', ({ agentId }) => agentId === 'ada')
      await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
    }
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent, ...(redirects === 'refuse' ? [] : [other]))
    await expectIdle(engine)
  })
})
