/** Kamailio as the carrier that we register at and call out by, over every transport. */
import { describe, expect, it } from 'vitest'
import { overOurTcp, overOurTls, overTls, overUdp, startOutboundProxy, startRegistrar } from '../peers/carrier.ts'
import { expectIdle } from '../peers/engine.ts'
import { kamailioPath } from '../peers/kamailio.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { overflowingCenter, registeringCenter } from './carrier-center.ts'

const missing = kamailioPath === null ? null : sippPath

for (const line of [overUdp, overOurTcp, overTls, overOurTls]) {
  const missingHere = line.path === null ? null : sippPath
  const title = titled(`a carrier over ${line.name}`, `${line.program} or SIPp`, missingHere)
  describe.skipIf(missingHere === null)(title, () => {
    it.each([
      ['uac-basic', 'uas-answer', 'customer', 'customerHangup'],
      ['uac-until-bye', 'uas-hangs-up', 'agent', 'agentHangup'],
    ])('takes our registration and its end, and brings a call: %s to %s', async (calling, called, endedBy, cause) => {
      const carrier = await startRegistrar(line)
      const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 500 })
      const { engine, log } = await line.start(
        registeringCenter({ ...line.trunk(carrier), register: { expiresSec: 60 } }, agent),
      )
      // The carrier wants 120 s at least, and says so by 423.
      const registered = await log.waitFor('trunk.registered')
      expect(registered.data).toEqual({ trunkId: 'carrier', expiresSec: 120 })
      expect(engine.health()).toMatchObject({ status: 'ok', notes: [] })
      expect(engine.counters().outside.registered).toEqual({ carrier: true })
      const caller = await sippCaller({
        scenario: calling,
        host: hosts.stranger,
        address: carrier.address,
        to: 'center',
      })
      await expectSuccess(caller, agent)
      expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'carrier', dnis: 'center' })
      expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy, cause })
      await expectIdle(engine)
      await engine.stop()
      // Taken back: the carrier knows of nobody any more.
      const late = await sippCaller({
        scenario: 'uac-refused',
        host: hosts.stranger,
        address: carrier.address,
        to: 'center',
        values: { status: '404' },
      })
      await expectSuccess(late)
    })

    it.each([
      ['uac-basic', 'uas-answer', 'customer', 'customerHangup'],
      ['uac-until-bye', 'uas-hangs-up', 'outside', 'outsideHangup'],
    ])('gets calls that overflow to a number, with our password: %s to %s', async (calling, called, endedBy, cause) => {
      const gateway = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 500 })
      const carrier = await startOutboundProxy(line, gateway)
      const { engine, log, address } = await line.start(overflowingCenter(line.trunk(carrier)))
      const caller = await sippCaller({ scenario: calling, host: hosts.caller, address })
      await expectSuccess(caller, gateway)
      expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', endedBy, cause })
      expect(log.types('call.')).toEqual([
        'call.arrived',
        'call.queued',
        'call.diverted',
        'call.outside_dialled',
        'call.outside_connected',
        'call.outside_ended',
        'call.ended',
      ])
      await expectIdle(engine)
      // Once without the password, once with it; and one BYE, by whichever side.
      await expect.poll(() => carrier.count('INVITE')).toBe(2)
      await expect.poll(() => carrier.count('BYE')).toBe(1)
    })
  })
}

describe.skipIf(missing === null)(titled('a carrier', 'Kamailio or SIPp', missing), () => {
  it('over TCP brings calls by the next connection when ours has ended, and by no other', async () => {
    const carrier = await startRegistrar(overOurTcp, { idleSec: '2' })
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { engine, log } = await overOurTcp.start(
      registeringCenter({ ...overOurTcp.trunk(carrier), register: { expiresSec: 120 } }, agent),
    )
    await log.waitFor('trunk.unregistered')
    await expect.poll(() => log.types('trunk.')).toEqual(['trunk.registered', 'trunk.unregistered', 'trunk.registered'])
    const caller = await sippCaller({
      scenario: 'uac-basic',
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
    })
    await expectSuccess(caller, agent)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy: 'customer' })
    await expectIdle(engine)
    // The contact by the old connection is not rung beside.
    await expect.poll(carrier.output).toMatch(/rings sip:center@\S+;transport=tcp beside <null>/)
  })

  it('that wants our password within the call, too, gets it for every request with another nonce', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const carrier = await startOutboundProxy(overUdp, gateway, { within: 'challenged' })
    const { engine, log, address } = await overUdp.start(
      overflowingCenter(overUdp.trunk(carrier), 'immediately', { media: { mode: 'direct' } }),
    )
    // The handover to direct media re-INVITEs both sides.
    const caller = await sippCaller({ scenario: 'uac-reinvited', host: hosts.caller, address, pauseMs: 500 })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', cause: 'customerHangup' })
    await expectIdle(engine)
    for (const method of ['INVITE', 'BYE']) await expect.poll(carrier.output).toContain(`challenged ${method}`)
    // Each request twice, the ACKs to the two refusals among them.
    await expect.poll(() => carrier.count('INVITE')).toBe(4)
    await expect.poll(() => carrier.count('BYE')).toBe(2)
  })
})
