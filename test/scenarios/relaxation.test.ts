/** A caller asks for less and less the longer he waits: by the steps of his queue, or ring by ring. SIPp's phones tell who is rung. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

type Queue = Omit<NonNullable<CenterInput['queues']>[number], 'id'>
type Skills = NonNullable<NonNullable<CenterInput['agents']>[number]['skills']>

/** Two phones that take one call each, those of `better`, who is last in the list, and of `other`. */
async function twoAgents(queue: Queue, skills: { readonly better: Skills; readonly other: Skills }) {
  const phones = await Promise.all([1, 2].map(() => sippAgent({ scenario: 'uas-answer', host: hosts.agent })))
  const contacts = phones.map(({ host, port }, index) => {
    const id = index === 0 ? 'other' : 'better'
    return { id, contact: contactUri(id, host, port) }
  })
  const center = callCenter(contacts, { answer: 'with-agent', strategy: 'linear', ...queue })
  const agents = (center.agents ?? []).map(agent => ({
    ...agent,
    skills: agent.id === 'better' ? skills.better : skills.other,
  }))
  return { phones, under: await startEngine({ ...center, agents }) }
}

describe.skipIf(sippPath === null)(titled('skills that are given up', 'SIPp', sippPath), () => {
  it('by steps: the better agent is rung after the first, anyone after the last', async () => {
    const { phones, under } = await twoAgents(
      {
        requirements: 'billing',
        steps: [
          { expression: 'billing >= 8', afterMs: 500 },
          { expression: 'billing >= 5', afterMs: 700 },
        ],
      },
      { better: { billing: 5 }, other: { billing: 1 } },
    )
    const { address, log, engine } = under
    const first = await (await startPackagePhone(hosts.caller)).call('support', address)
    const toBetter = await log.waitFor('call.connected', ({ agentId }) => agentId === 'better')
    expect(toBetter.data.waitMs).toBeGreaterThanOrEqual(500)
    const second = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    const toOther = await log.waitFor('call.connected', ({ agentId }) => agentId === 'other')
    expect(toOther.data.waitMs).toBeGreaterThanOrEqual(1_200)
    const changes = log.all('call.routing_step_changed').map(({ data }) => data)
    expect(changes.filter(({ callId }) => callId === toBetter.data.callId)).toMatchObject([
      { from: 'billing >= 8', to: 'billing >= 5', eligibleCount: 1 },
    ])
    expect(changes.filter(({ callId }) => callId === toOther.data.callId)).toMatchObject([
      { from: 'billing >= 8', to: 'billing >= 5', eligibleCount: 1 },
      { from: 'billing >= 5', to: 'anyone', eligibleCount: 2 },
    ])
    // Nobody was rung who was not yet to be: one offer for each.
    expect(log.all('offer.ringing').map(({ data }) => data.agentId)).toEqual(['better', 'other'])
    expect(await first.hangUp()).toBe(200)
    await expectSuccess(second, ...phones)
    await expectIdle(engine)
  })

  it('by the rings of a bullseye: while the inner one is busy the outer one joins in', async () => {
    const { phones, under } = await twoAgents(
      { requirements: 'printers and lang.en', bullseye: [{ timeoutMs: 600, removeSkills: ['printers'] }] },
      { better: { printers: 5, 'lang.en': true }, other: { 'lang.en': true } },
    )
    const { address, log, engine } = under
    const first = await (await startPackagePhone(hosts.caller)).call('support', address)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'better')
    const second = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    const connected = await log.waitFor('call.connected', ({ agentId }) => agentId === 'other')
    expect(connected.data.waitMs).toBeGreaterThanOrEqual(600)
    expect(log.all('call.routing_step_changed').map(({ data }) => data)).toMatchObject([
      { callId: connected.data.callId, from: 'ring 1', to: 'ring 2', eligibleCount: 2 },
    ])
    expect(await first.hangUp()).toBe(200)
    await expectSuccess(second, ...phones)
    await expectIdle(engine)
  })
})
