/**
 * SIPp as carrier and as agent: who a call says that it is from, what goes along with it from leg to leg, and that nothing else does.
 * SIPp judges each message itself: each peer knows what it must find in it, and by what it would know the other side's.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const caller = '1'.repeat(32)
const agent = '2'.repeat(32)
const dotted = (host: string) => host.replaceAll('.', '\\.')
/** Via, Contact, Record-Route, Call-ID and description of the carrier's leg have its address, and its program names itself. */
const ofCaller = `${dotted(hosts.caller)}|User-Agent: carrier|carrier\\.example`
const ofAgents = `${dotted(hosts.agent)}|${dotted(hosts.secondAgent)}|Server: phone`
const us = dotted(hosts.engine)

type Values = Readonly<Record<string, string>>

/** An agent's phone, or a carrier that is called. */
function called(
  values: Values = {},
  host: string = hosts.agent,
  scenario = 'uas-identity',
  pauseMs = 100,
): Promise<Sipp> {
  return sippAgent({ scenario, host, pauseMs, values: { session: agent, peer: caller, hidden: ofCaller, ...values } })
}

function calling(address: string, values: Values = {}, scenario = 'uac-identity'): Promise<Sipp> {
  const known = { session: caller, peer: agent, hidden: ofAgents }
  return sippCaller({ scenario, host: hosts.caller, address, values: { ...known, ...values } })
}

function centerOf(phone: Sipp, trusted = true): CenterInput {
  const trunks = [{ id: 'carrier', addresses: [hosts.caller], trusted }]
  return callCenter(
    [{ id: 'a1', contact: contactUri('a1', phone.host, phone.port) }],
    { answer: 'with-agent' },
    { trunks },
  )
}

/** Header lines as a scenario has them. */
const lines = (...headers: readonly string[]) => headers.join('\n      ')

const asserted = 'P-Asserted-Identity: "C. Carol" <sip:+442079460999@inside.example>'
const anonymous = 'From: &quot;Anonymous&quot; .sip:anonymous@anonymous\\.invalid'

describe.skipIf(sippPath === null)(titled('an asserted identity', 'SIPp', sippPath), () => {
  it.each([
    {
      who: 'a trusted trunk',
      trusted: true,
      shown: `C\\. Carol&quot; .sip:\\+442079460999@${us}`,
      hidden: '460000',
      raw: '999',
    },
    {
      who: 'any other trunk',
      trusted: false,
      shown: `Customer&quot; .sip:\\+442079460000@${us}`,
      hidden: '460999',
      raw: '000',
    },
  ])('of $who', async ({ trusted, shown, hidden, raw }) => {
    const phone = await called({ invite: `From: &quot;${shown}`, hidden: `${ofCaller}|inside\\.example|${hidden}` })
    const { address, log, engine } = await startEngine(centerOf(phone, trusted))
    await expectSuccess(await calling(address, { headers: asserted }), phone)
    expect((await log.waitFor('call.arrived')).data.ani).toMatchObject({ raw: `+442079460${raw}`, withheld: false })
    await expectIdle(engine)
  })

  it('of an agent, who is nobody but himself', async () => {
    const hidden = `${dotted(hosts.agent)}|460999|460000|inside\\.example`
    const phone = await called({ invite: `From: &quot;a2&quot; .sip:a2@${us}`, hidden }, hosts.secondAgent)
    const port = await freePort(hosts.agent)
    const phones = [
      { id: 'a1', contact: contactUri('a1', phone.host, phone.port) },
      { id: 'a2', contact: contactUri('a2', hosts.agent, port) },
    ]
    const { address, log, engine } = await startEngine(callCenter(phones))
    const own = await sippCaller({
      scenario: 'uac-identity',
      host: hosts.agent,
      address,
      to: 'a1',
      values: { session: caller, peer: agent, hidden: dotted(hosts.secondAgent), headers: asserted },
      args: ['-p', String(port)],
    })
    await expectSuccess(own, phone)
    expect((await log.waitFor('call.arrived')).data).toMatchObject({ fromAgentId: 'a2', ani: { raw: 'a2' } })
    await expectIdle(engine)
  })

  it.each([
    { how: 'by Privacy', values: { headers: lines(asserted, 'Privacy: id') } },
    {
      how: 'by his From',
      values: { headers: asserted, name: '"Anonymous"', user: 'anonymous', host: 'anonymous.invalid' },
    },
  ])('of a caller who stays anonymous $how', async ({ values }) => {
    const phone = await called({ invite: anonymous, hidden: `${ofCaller}|460999|460000|Carol` })
    const { address, log, engine } = await startEngine(centerOf(phone))
    await expectSuccess(await calling(address, values), phone)
    expect((await log.waitFor('call.arrived')).data.ani).toMatchObject({ withheld: true })
    await expectIdle(engine)
  })
})

const diverted = 'Diversion: <sip:+4420799@10.9.9.9>;reason=no-answer;counter=1'
const history =
  'History-Info: <sip:+4420799@10.9.9.9?Reason=SIP%3Bcause%3D486>;index=1, <sip:support@10.9.9.9>;index=1.1;mp=1'
const first = `History-Info: .sip:\\+4420799@${us}\\?Reason=SIP%3Bcause%3D486.;index=1, .sip:support@${us}.;index=1\\.1;mp=1, `

describe.skipIf(sippPath === null)(titled('the way of a call', 'SIPp', sippPath), () => {
  it.each([
    {
      told: 'Diversion',
      headers: diverted,
      divertedReason: 'no-answer',
      way: `History-Info: .sip:\\+4420799@${us}.;index=1, .sip:support@${us};cause=408.;index=1\\.1;mp=1, `,
    },
    { told: 'History-Info', headers: history, divertedReason: 'SIP 486', way: first },
  ])('is told to the agent, and in events, from $told', async ({ headers, divertedReason, way }) => {
    const invite = `${way}.sip:a1@${us}.;index=1\\.1\\.1;mp=1\\.1`
    const phone = await called({ invite, hidden: `${ofCaller}|10\\.9\\.9\\.9` })
    const { address, log, engine } = await startEngine(centerOf(phone))
    await expectSuccess(await calling(address, { headers }), phone)
    const { data } = await log.waitFor('call.attributes_updated')
    expect(data.changed).toEqual({ divertedFrom: '+4420799', divertedReason })
    await expectIdle(engine)
  })

  it.each([
    { trunk: 'a trusted trunk', trusted: true, privacy: 'none' },
    { trunk: 'a trusted trunk, nameless', trusted: true, privacy: 'history' },
    { trunk: 'no other trunk', trusted: false, privacy: 'none' },
  ])('goes along to $trunk when the call is sent outside', async ({ trusted, privacy }) => {
    const number = '+442071234567'
    const there = `.sip:\\+442071234567@${dotted(hosts.secondAgent)}:.*;cause=302.;index=1\\.1\\.1;mp=1\\.1`
    const nobody = '.sip:anonymous@anonymous\\.invalid.;index=1'
    const known = {
      told: { invite: `Diversion: .sip:support@${us}.;reason=unconditional.*${first}${there}`, hidden: ofCaller },
      nameless: {
        invite: `History-Info: ${nobody}, ${nobody}\\.1;mp=1, ${there}`,
        hidden: `${ofCaller}|support|Diversion|4420799`,
      },
      nothing: { hidden: `${ofCaller}|History-Info|Diversion|P-Asserted-Identity` },
    }
    const values = !trusted ? known.nothing : privacy === 'history' ? known.nameless : known.told
    const hidden = `${values.hidden}|10\\.9\\.9\\.9|${dotted(hosts.agent)}`
    const carrier = await called({ ...values, hidden }, hosts.secondAgent)
    const busy = { status: '486 Busy Here', header: 'Warning: 399 127.0.0.3 "a1 is busy"' }
    const phone = await sippAgent({ scenario: 'uas-refuses', host: hosts.agent, values: busy })
    const overflow = [{ afterMs: 500, to: { number } }]
    const { address, log, engine } = await startEngine({
      ...callCenter(
        [{ id: 'a1', contact: contactUri('a1', phone.host, phone.port) }],
        { answer: 'with-agent', overflow, offerCooldownMs: 60_000 },
        {
          trunks: [
            { id: 'people', addresses: [hosts.caller], trusted: true },
            { id: 'carrier', addresses: [carrier.host], host: `${carrier.host}:${carrier.port}`, trusted },
          ],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
        },
      ),
    })
    const headers = lines(history, `Privacy: ${privacy}`)
    await expectSuccess(await calling(address, { headers }), phone, carrier)
    const { sipCallId } = (await log.waitFor('call.outside_dialled')).data
    const { callId } = (await log.waitFor('call.ended')).data
    const legs = (await engine.calls.get(callId))?.legs?.map(leg => [leg.party, leg.sipCallId])
    expect(legs).toEqual([
      ['agent:a1', expect.any(String)],
      [`number:${number}`, sipCallId],
    ])
    await expectIdle(engine)
  })
})

describe.skipIf(sippPath === null)(titled('what users say to each other', 'SIPp', sippPath), () => {
  const uui = (hex: string) => `User-to-User: ${hex};encoding=hex`

  it('goes along with the INVITE, its 200, and the caller’s BYE, whose reason loses its words', async () => {
    const phone = await called({
      headers: uui('b0b0'),
      invite: uui('c0c0'),
      goodbye: `(Reason: Q\\.850;cause=16.*${uui('caca')})|(${uui('caca')}.*Reason: Q\\.850;cause=16)`,
      hidden: `${ofCaller}|gw1`,
    })
    const { address, log, engine } = await startEngine(centerOf(phone))
    const goodbye = lines(uui('caca'), 'Reason: Q.850;cause=16;text="gw1.inside.example"')
    await expectSuccess(await calling(address, { headers: uui('c0c0'), answer: uui('b0b0'), goodbye }), phone)
    expect((await log.waitFor('call.arrived')).data.uui).toBe('c0c0;encoding=hex')
    expect((await log.waitFor('offer.accepted')).data.uui).toBe('b0b0;encoding=hex')
    expect((await log.waitFor('call.ended')).data.uui).toBe('caca;encoding=hex')
    await expectIdle(engine)
  })

  it('goes along with the agent’s BYE, too', async () => {
    const goodbye = lines(uui('b1b1'), 'Reason: SIP;cause=200;text="ada has left"')
    // Before the caller's side is there, a hang-up would send him back into the queue; on a busy machine that takes a moment.
    const phone = await called({ goodbye }, hosts.agent, 'uas-identity-hangs-up', 2_000)
    const { address, log, engine } = await startEngine(centerOf(phone))
    const heard = `(Reason: SIP;cause=200.*${uui('b1b1')})|(${uui('b1b1')}.*Reason: SIP;cause=200)`
    const hidden = `${ofAgents}|ada has left`
    await expectSuccess(await calling(address, { goodbye: heard, hidden }, 'uac-identity-until-bye'), phone)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ endedBy: 'agent', uui: 'b1b1;encoding=hex' })
    await expectIdle(engine)
  })

  it('that is nobody else’s: the phone that loses the call is told so, and nothing of who has won it', async () => {
    const quick = await called({ headers: uui('b2b2') })
    const slow = await sippAgent({ scenario: 'uas-loses', host: hosts.secondAgent })
    const phones = [quick, slow].map(({ host, port }, at) => ({
      id: `a${at + 1}`,
      contact: contactUri(`a${at + 1}`, host, port),
    }))
    const trunks = [{ id: 'carrier', addresses: [hosts.caller] }]
    const all = { strategy: 'ring-all', answer: 'with-agent' } as const
    const { address, log, engine } = await startEngine(callCenter(phones, all, { trunks }))
    await expectSuccess(await calling(address, { answer: uui('b2b2') }), quick, slow)
    await log.waitFor('offer.rescinded', ({ agentId }) => agentId === 'a2')
    await expectIdle(engine)
  })
})
