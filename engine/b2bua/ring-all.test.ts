/** Many phones that ring for one caller: what becomes of them when one is answered costs no more for each than if it were alone. */
import { expect, it, vi } from 'vitest'
import { createWorld } from '../simulation/world.ts'
import { AgentLeg } from './agent-leg.ts'
import { OfferedAgents } from './offered-agents.ts'

const [few, many] = [10, 40]

/** How often legs are looked for, and looked at for what they say to the caller, while one of so many takes the call. */
async function workOf(agents: number, answer: 'immediately' | 'with-agent') {
  const ids = Array.from({ length: agents }, (_, index) => `agent${index}`)
  const world = await createWorld({
    seed: 1,
    center: {
      queues: [{ id: 'support', strategy: 'ring-all', answer, wrapUpMs: 0 }],
      agents: ids.map(id => ({ id, queues: ['support'], alwaysAvailable: true })),
      numbers: [{ match: 'support', queue: 'support' }],
    },
  })
  for (const id of ids)
    world.react(id, { kind: 'answer', ringAfterMs: 100, afterMs: id === 'agent3' ? 1_000 : 60_000, talkMs: null })
  const rings = () => [...world.phones.values()].filter(({ calls }) => calls[0]?.state === 'ringing').length
  const { call } = await world.call('support', { patienceMs: 600_000, talkMs: null, talkFrom: 'join' })
  await world.run(500)
  expect(rings()).toBe(agents)
  const looks = [vi.spyOn(OfferedAgents.prototype, 'get'), vi.spyOn(AgentLeg.prototype, 'userToUser', 'get')]
  await world.run(3_000)
  expect([rings(), world.phones.get('agent3')?.calls[0]?.state]).toEqual([0, 'answered'])
  const counts = looks.map(({ mock }) => mock.calls.length)
  for (const look of looks) look.mockRestore()
  call.hangup()
  await world.run(500)
  await world.stop()
  return counts
}

it.each(['immediately', 'with-agent'] as const)('answered %s', async answer => {
  const [little, much] = [await workOf(few, answer), await workOf(many, answer)]
  expect(little[0]).toBeGreaterThan(few)
  for (const [index, count] of much.entries()) expect(count).toBeLessThanOrEqual(((little[index] ?? 0) * many) / few)
})
