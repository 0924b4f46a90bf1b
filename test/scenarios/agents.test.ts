/** SIPp as phones of agents: signing in with a PIN, several phones of one agent, answering by themselves, and wrap-up over REST. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Engine } from '../../engine/index.ts'
import { createNodeClock } from '../../engine/node/clock.ts'
import { buildAppAround } from '../../server/app.ts'
import { hashToken } from '../../server/auth/tokens.ts'
import { cheapPasswords } from '../../server/testing/harness.ts'
import { createMemoryAccounts } from '../../server/testing/memory-accounts.ts'
import { silentLogger } from '../../server/testing/silent-logger.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { asking } from '../process/http.ts'

/** One INFO for each digit (application/dtmf-relay); a comma waits until what is said has been said. */
function presses(digits: string): string {
  return [...digits]
    .map((digit, i) =>
      digit === ','
        ? '  <pause milliseconds="3000"/>'
        : `  <send retrans="500">
    <![CDATA[

      INFO [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-info${i};rport
      From: <sip:desk1@[remote_ip]>;tag=[pid]c[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: ${i + 3} INFO
      [routes]
      Max-Forwards: 70
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal=${digit}
      Duration=120

    ]]>
  </send>
  <recv response="200"/>
  <pause milliseconds="50"/>`,
    )
    .join('\n')
}

const hotDesk = {
  devices: [{ id: 'desk1', password: 'phone-secret' }],
  agents: [{ id: 'ada', number: '1001', pin: '4711', queues: ['support'] }],
  agentPolicy: { hotDesk: { maxWrongPins: 3 } },
} as const

describe.skipIf(sippPath === null)(titled('signing in by phone', 'SIPp', sippPath), () => {
  it('by number and PIN as INFO; wrong ones are refused, and too many lock the phone', async () => {
    const { address, log, engine } = await startEngine(callCenter([], {}, hotDesk))
    const dial = async (digits: string) => {
      const values = { user: 'desk1', password: 'phone-secret', presses: presses(digits) }
      const args = ['-auth_uri', `*11@${address}`]
      const phone = await sippCaller({ scenario: 'uac-code', host: hosts.agent, address, to: '*11', values, args })
      await expectSuccess(phone)
    }
    await dial('1001#4711#')
    expect(engine.agents.get('ada')).toMatchObject({ session: 'online', reason: 'login' })
    expect(engine.devices.list()).toMatchObject([{ id: 'desk1', agentId: 'ada' }])
    engine.agents.signOut('ada')
    await dial('1001#0000#,1001#1111#,1001#2222#')
    const locked = await log.waitFor('security.pin_locked')
    expect(locked.data).toMatchObject({ what: 'phone', id: 'desk1', failures: 3 })
    expect(engine.agents.get('ada').session).toBe('offline')
    await dial('')
    await log.waitFor('call.flow_step_taken', ({ step, result }) => step === 'signIn' && result === 'locked')
    expect(JSON.stringify(log.all('call.arrived'))).not.toContain('4711')
    await expectIdle(engine)
  })
})

describe.skipIf(sippPath === null)(titled('two phones of one agent', 'SIPp', sippPath), () => {
  it.each(['relay', 'direct'] as const)(
    'ring; the slower is told that the call was completed elsewhere (%s)',
    async mode => {
      const quick = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, pauseMs: 300 })
      const slow = await sippAgent({ scenario: 'uas-loses', host: hosts.secondAgent })
      const center = callCenter(
        [],
        { answer: 'with-agent' },
        {
          media: { mode },
          devices: [{ id: 'softphone', contact: contactUri('softphone', quick.host, quick.port) }],
          agents: [
            {
              id: 'ada',
              contact: contactUri('ada', slow.host, slow.port),
              devices: ['softphone'],
              ring: 'all',
              queues: ['support'],
              alwaysAvailable: true,
            },
          ],
        },
      )
      const { address, log, engine } = await startEngine(center)
      const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
      await expectSuccess(caller, quick, slow)
      expect(log.all('offer.created')).toHaveLength(1)
      await log.waitFor('offer.accepted', ({ agentId }) => agentId === 'ada')
      await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
      expect(engine.agents.get('ada').today).toEqual({ handled: 1, missed: 0 })
      await expectIdle(engine)
    },
  )
})

describe.skipIf(sippPath === null)(titled('answering by itself', 'SIPp', sippPath), () => {
  it.each([
    ['call-info', 'Call-Info:', 'answer-after=0'],
    ['alert-info', 'Alert-Info:', 'info=alert-autoanswer'],
  ] as const)('%s: the INVITE carries the header', async (autoAnswer, header, value) => {
    const phone = await sippAgent({ scenario: 'uas-auto-answer', host: hosts.agent, values: { header, value } })
    const agent = { id: 'ada', contact: contactUri('ada', phone.host, phone.port), autoAnswer, zipTone: true }
    const center = callCenter([], {}, { agents: [{ ...agent, queues: ['support'], alwaysAvailable: true }] })
    const { address, log, engine } = await startEngine(center)
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    const [accepted, connected] = [await log.waitFor('offer.accepted'), await log.waitFor('call.connected')]
    // The tone comes first.
    expect(Date.parse(connected.time) - Date.parse(accepted.time)).toBeGreaterThanOrEqual(150)
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(phone)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })
})

/** The REST interface around a real engine, as an agent and as a supervisor. */
async function serve(engine: Engine) {
  const accounts = await createMemoryAccounts()
  const expiresAt = new Date(createNodeClock().now() + 3_600_000).toISOString()
  for (const [username, role, agentId] of [
    ['ada', 'agent', 'ada'],
    ['sue', 'supervisor', null],
  ] as const) {
    await accounts.saveUsers([{ username, role, agentId, passwordHash: '' }])
    await accounts.saveSession({ tokenHash: hashToken(`of-${username}`), username, expiresAt })
  }
  const { app } = await buildAppAround({
    engine,
    accounts,
    settings: { httpHost: '127.0.0.1', httpOrigins: [] },
    logger: silentLogger,
    passwords: cheapPasswords,
    dashboardFolder: '/nonexistent',
  })
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { ada: asking(url, 'of-ada'), sue: asking(url, 'of-sue') }
}

describe.skipIf(sippPath === null)(titled('wrap-up until a disposition', 'SIPp', sippPath), () => {
  it('is ended over REST by one of the queue’s dispositions, or by a supervisor without', async () => {
    const phone = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, calls: 2 })
    const wrapUp = { mode: 'untilDisposition', dispositions: ['Sold', 'Lost'] } as const
    const agent = { id: 'ada', contact: contactUri('ada', phone.host, phone.port), queues: ['support'] }
    const { address, log, engine } = await startEngine(
      callCenter([], { wrapUp, answer: 'with-agent' }, { agents: [agent] }),
    )
    const { ada, sue } = await serve(engine)
    await ada('PUT', '/api/v1/agents/ada/state', { availability: 'available' })
    const talk = async () => {
      await expectSuccess(await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address }))
      await expect.poll(() => engine.agents.get('ada').slot).toBe('wrapping')
    }
    await talk()
    const path = '/api/v1/agents/ada/wrap-up'
    expect(await ada('POST', `${path}/complete`, {})).toMatchObject({ status: 400, body: { code: 'request.invalid' } })
    expect(await ada('PUT', path, { disposition: 'Perhaps' })).toMatchObject({ status: 400 })
    expect(await ada('POST', `${path}/extend`, {})).toMatchObject({ status: 409 })
    expect(await ada('PUT', path, { notes: 'wants the blue one' })).toMatchObject({
      status: 200,
      body: { slot: 'wrapping', deadline: null, wrapUp: { notes: 'wants the blue one' } },
    })
    expect(await ada('POST', `${path}/complete`, { disposition: 'Sold' })).toMatchObject({
      status: 200,
      body: { slot: 'idle', label: 'available' },
    })
    const done = await log.waitFor('call.wrapup_completed')
    expect(done.data).toMatchObject({ by: 'agent', disposition: 'Sold', notes: 'wants the blue one' })
    await talk()
    expect(await sue('POST', `${path}/complete`, {})).toMatchObject({ status: 200, body: { slot: 'idle' } })
    await log.waitFor('call.wrapup_completed', ({ by, disposition }) => by === 'supervisor' && disposition === null)
    await expectSuccess(phone)
    await expectIdle(engine)
  })
})
