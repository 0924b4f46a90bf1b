/** The header that has a phone answer by itself, as it goes over the wire, in a whole center: each phone is told in its own words. */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

it('stands in the INVITE of each phone, as that one wants it', async () => {
  const hosts = { ada: '10.4.0.1', desk1: '10.4.0.2', caller: '10.1.0.7' }
  const contactOf = (id: 'ada' | 'desk1') => `sip:${id}@${hosts[id]}:5060`
  const center: CenterInput = {
    queues: [{ id: 'support', wrapUpMs: 0 }],
    devices: [
      {
        id: 'desk1',
        contact: contactOf('desk1'),
        autoAnswer: { header: 'Alert-Info', value: '<http://127.0.0.1>;info=Auto Answer' },
      },
    ],
    agents: [
      {
        id: 'ada',
        queues: ['support'],
        contact: contactOf('ada'),
        alwaysAvailable: true,
        devices: ['desk1'],
        ring: 'all',
        autoAnswer: { header: 'Answer-Mode', value: 'Auto;require' },
      },
    ],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
    media: { timeoutMs: 0 },
  }
  const { world, stop } = await createTestCenter(center)
  const ada = await createScriptedPhone(world, 'ada', hosts.ada)
  const desk = await createScriptedPhone(world, 'desk1', hosts.desk1)
  const caller = await createScriptedPhone(world, 'caller', hosts.caller)
  const call = caller.dial('support')
  await world.run(2_000)
  const inviteOf = ({ received }: typeof ada) =>
    received.find(it => it.kind === 'request' && it.method === 'INVITE')?.headers
  expect(inviteOf(ada)?.get('answer-mode')).toBe('Auto;require')
  expect(inviteOf(ada)?.has('alert-info')).toBe(false)
  expect(inviteOf(desk)?.get('alert-info')).toBe('<http://127.0.0.1>;info=Auto Answer')
  caller.hangup(call)
  await stop()
})
