/** Who may do what (DESIGN §7): a trunk calls the numbers, a stranger learns our options and nothing else. */
import { describe, expect, it } from 'vitest'
import { callCenter, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts, type Transport } from '../peers/loopback.ts'
import { findProgram, runProgram, scratchFolder, titled } from '../peers/program.ts'
import { expectSuccess, sippCaller, sippPath } from '../peers/sipp.ts'

const sipsakPath = findProgram('sipsak')
const transports: readonly Transport[] = ['udp', 'tcp']

describe.skipIf(sippPath === null)(titled('rights', 'SIPp', sippPath), () => {
  it.each(transports)('a trunk that calls an unknown number gets 404 over %s', async transport => {
    const { address, log, engine } = await startEngine(callCenter([]))
    const caller = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.caller,
      transport,
      address,
      to: 'nobody',
      values: { status: '404' },
    })
    await expectSuccess(caller)
    await log.waitFor('call.rejected', ({ sipCode, visitId }) => sipCode === 404 && visitId === null)
    await expectIdle(engine)
  })

  it.each(transports)('a stranger who calls is challenged over %s, and nothing is remembered', async transport => {
    const { address, log, engine } = await startEngine(callCenter([]))
    const stranger = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.stranger,
      transport,
      address,
      values: { status: '401' },
    })
    await expectSuccess(stranger)
    expect(log.types('call.')).toEqual([])
    expect(engine.counters()).toMatchObject({ callsArrived: 0, sipDialogs: 0 })
  })

  it.each(['support', 'nobody'])('a stranger who asks %s for options gets 200', async user => {
    const { address } = await startEngine(callCenter([]))
    const stranger = await sippCaller({ scenario: 'uac-options', host: hosts.stranger, address, to: user })
    await expectSuccess(stranger)
  })
})

describe.skipIf(sipsakPath === null)(titled('sipsak', 'sipsak', sipsakPath), () => {
  it('is answered 200 to OPTIONS, with what we allow', async () => {
    const { address } = await startEngine(callCenter([]))
    const run = runProgram(sipsakPath ?? 'sipsak', ['-vv', '-s', `sip:support@${address}`], scratchFolder())
    expect(await run.exited).toBe(0)
    expect(run.output()).toMatch(/SIP\/2\.0 200 OK/)
    expect(run.output()).toMatch(/^Allow: .*INVITE/m)
  })
})
