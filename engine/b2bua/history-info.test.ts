/** History-Info (RFC 7044) to the phones of agents: they see by which way a call has come to them, and no address of the other side. */
import { expect, it } from 'vitest'
import { createScriptedPhone } from '../calls/testing/scripted-phone.ts'
import { createTestCenter, number, outside, trunks } from '../calls/testing/test-center.ts'
import { engineHost } from '../simulation/world.ts'

async function setUp(trusted: boolean) {
  const ring = { alwaysAvailable: true, ring: 'all', devices: ['mobile'] } as const
  const tested = await createTestCenter({
    queues: [{ id: 'support', wrapUpMs: 0 }],
    agents: [
      { id: 'ada', queues: ['support'], contact: 'sip:ada@10.4.0.1:5060', ...ring },
      { id: 'bob', contact: 'sip:bob@10.4.0.2:5060', alwaysAvailable: true },
    ],
    devices: [{ id: 'mobile', contact: 'sip:mobile@10.4.0.3:5060' }],
    numbers: [
      { match: '+4930', queue: 'support' },
      { match: 'ada', agent: 'ada' },
    ],
    trunks: trunks.map(trunk => (trunk.id === 'people' ? { ...trunk, trusted } : trunk)),
    outbound: outside,
    sip: { redirects: 'follow' },
    media: { timeoutMs: 0 },
  })
  const phone = (user: string, host: string) => createScriptedPhone(tested.world, user, host)
  const phones = {
    carol: await phone('carol', '10.1.0.9'),
    ada: await phone('ada', '10.4.0.1'),
    bob: await phone('bob', '10.4.0.2'),
    mobile: await phone('mobile', '10.4.0.3'),
  }
  return { ...tested, ...phones }
}

const came = 'History-Info: <sip:+4420@10.1.0.9?Reason=SIP%3Bcause%3D486>;index=1, <sip:+4930@10.1.0.9>;index=1.1;mp=1'
const of = (phone: { readonly received: readonly { headers: { get(name: string): string | undefined } }[] }) =>
  phone.received[0]?.headers.get('history-info')
const to = (user: string, index: string) => `<sip:${user}@${engineHost}>;index=${index}.1;mp=${index}`

it.each([
  ['a trusted trunk', true, `<sip:+4420@${engineHost}?Reason=SIP%3Bcause%3D486>;index=1, `, '1.1', ';mp=1'],
  ['another one', false, '', '1', ''],
])(
  'names the number that was reached, and what %s has told, on every phone',
  async (_who, trusted, before, at, how) => {
    const { world, carol, ada, mobile, stop } = await setUp(trusted)
    const call = carol.dial('+4930', { headers: [came] })
    await world.run(3_000)
    const told = `${before}<sip:+4930@${engineHost}>;index=${at}${how}, ${to('ada', at)}`
    expect([of(ada), of(mobile)]).toEqual([told, told])
    carol.hangup(call)
    await stop()
  },
)

it('names who has it now when the call is handed on, and not who had it', async () => {
  const { world, carol, ada, bob, stop } = await setUp(true)
  const call = carol.dial('+4930')
  await world.run(3_000)
  const [own] = ada.calls
  if (own === undefined) throw new Error('Ada was not rung')
  ada.refer(own, `<sip:bob@${engineHost}>`)
  await world.run(3_000)
  expect(of(bob)).toBe(`<sip:+4930@${engineHost}>;index=1, ${to('bob', '1')}`)
  carol.hangup(call)
  await stop()
})

it('names nothing on the phone of who was called by name, nor to whom an agent calls himself', async () => {
  const { world, carol, ada, carrier, stop } = await setUp(true)
  const call = carol.dial('ada')
  await world.run(3_000)
  expect(of(ada)).toBeUndefined()
  carol.hangup(call)
  await world.run(1_000)
  const own = ada.dial(number)
  await world.run(3_000)
  expect(carrier.calls).toHaveLength(1)
  ada.hangup(own)
  await stop()
})

it('names no place where the caller does not want it told', async () => {
  const { world, carol, ada, stop } = await setUp(true)
  const call = carol.dial('+4930', { headers: [came, 'Privacy: history'] })
  await world.run(3_000)
  const nobody = '<sip:anonymous@anonymous.invalid>'
  expect(of(ada)).toBe(`${nobody};index=1, ${nobody};index=1.1;mp=1, ${to('ada', '1.1')}`)
  carol.hangup(call)
  await stop()
})
