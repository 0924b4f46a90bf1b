/** SIPp waits in a queue where nobody answers: it gives up, or the queue sends it away or elsewhere. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

describe.skipIf(sippPath === null)(titled('a waiting caller', 'SIPp', sippPath), () => {
  it('who hears ringing and cancels is abandoned', async () => {
    const { address, log, engine } = await startEngine(callCenter([], { answer: 'with-agent' }))
    const caller = await sippCaller({ scenario: 'uac-cancel-while-waiting', host: hosts.caller, address })
    await expectSuccess(caller)
    const abandoned = await log.waitFor('call.abandoned')
    expect(abandoned.data).toMatchObject({ queueId: 'support', stage: 'queued', short: true })
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'abandoned', endedBy: 'customer', cause: 'callerLeft' })
    await expectIdle(engine)
  })

  it('who hears music and hangs up is abandoned', async () => {
    const { address, log, engine } = await startEngine(callCenter([]))
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller)
    const abandoned = await log.waitFor('call.abandoned')
    expect(abandoned.data).toMatchObject({ stage: 'queued', short: true })
    expect(abandoned.data.waitMs).toBeGreaterThanOrEqual(390)
    await log.waitFor('call.ended', ({ ending }) => ending === 'abandoned')
    await expectIdle(engine)
  })

  it('is refused with 486 when the queue is full', async () => {
    const { address, log, engine } = await startEngine(callCenter([], { answer: 'with-agent', maxWaiting: 1 }))
    const first = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.caller,
      address,
      values: { status: '480' },
    })
    const queued = await log.waitFor('call.queued')
    const second = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.caller,
      address,
      values: { status: '486' },
    })
    await expectSuccess(second)
    const refused = await log.waitFor('call.rejected')
    expect(refused.data).toMatchObject({ reason: 'full', sipCode: 486 })
    expect(refused.data.callId).not.toBe(queued.data.callId)
    engine.calls.hangup(queued.data.callId)
    await expectSuccess(first)
    await expectIdle(engine)
  })

  it('is refused with 480 after the longest wait, before an answer', async () => {
    const { address, log, engine } = await startEngine(callCenter([], { answer: 'with-agent', maxWaitMs: 1000 }))
    const caller = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.caller,
      address,
      values: { status: '480' },
    })
    await expectSuccess(caller)
    const refused = await log.waitFor('call.rejected')
    expect(refused.data).toMatchObject({ reason: 'maxWait', sipCode: 480 })
    expect(refused.data.waitMs).toBeGreaterThanOrEqual(1000)
    await expectIdle(engine)
  })

  it('gets a BYE after the longest wait in music', async () => {
    const { address, log, engine } = await startEngine(callCenter([], { maxWaitMs: 1000 }))
    const caller = await sippCaller({ scenario: 'uac-refused-while-waiting', host: hosts.caller, address })
    await expectSuccess(caller)
    await log.waitFor('call.rejected', ({ reason }) => reason === 'maxWait')
    await expectIdle(engine)
  })

  it('overflows to another queue, whose agent answers', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { address, log, engine } = await startEngine({
      ...callCenter([]),
      queues: [
        { id: 'support', answer: 'with-agent', overflow: [{ afterMs: 300, to: { queue: 'sales' } }] },
        { id: 'sales', answer: 'with-agent', wrapUpMs: 0 },
      ],
      agents: [
        {
          id: 'a1',
          contact: contactUri('a1', agent.host, agent.port),
          queues: ['sales'],
          alwaysAvailable: true,
        },
      ],
    })
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    const diverted = await log.waitFor('call.diverted')
    expect(diverted.data).toMatchObject({ queueId: 'support', target: 'queue:sales', reason: 'overflow' })
    const connected = await log.waitFor('call.connected')
    expect(connected.data).toMatchObject({ queueId: 'sales', agentId: 'a1' })
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('is answered by who lacks a skill, once a recipe has given it up', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const recipes = [{ name: 'relax', when: { waitedMs: 300, eligible: { atMost: 0 } }, do: { removeSkills: ['x'] } }]
    const phones = [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }]
    const center = callCenter(phones, { answer: 'with-agent', requirements: 'x', recipes })
    const { address, log, engine } = await startEngine(center)
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    const applied = await log.waitFor('call.recipe_applied')
    expect(applied.data).toMatchObject({ recipe: 'relax', actions: ['asks no longer for x'] })
    const connected = await log.waitFor('call.connected')
    expect(connected.data).toMatchObject({ queueId: 'support', agentId: 'a1' })
    expect(connected.data.waitMs).toBeGreaterThanOrEqual(300)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('overflows to a refusal with the code of the rule', async () => {
    const queue = { answer: 'with-agent', overflow: [{ afterMs: 300, to: { reject: 404 } }] } as const
    const { address, log, engine } = await startEngine(callCenter([], queue))
    const caller = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.caller,
      address,
      values: { status: '404' },
    })
    await expectSuccess(caller)
    await log.waitFor('call.rejected', ({ reason, sipCode }) => reason === 'overflow' && sipCode === 404)
    await expectIdle(engine)
  })
})
