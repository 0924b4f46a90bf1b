/**
 * Session timers in a whole center (RFC 4028 §7.4): a phone without UPDATE is offered what is in force, and may answer with
 * another session than before.
 */
import { expect, it } from 'vitest'
import { createScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, callerHost] = ['10.4.0.1', '10.1.0.7']
const here = ['v=0', 'o=- 1 1 IN IP4 10.4.0.1', 's=-', 'c=IN IP4 10.4.0.1', 't=0 0', 'm=audio 4000 RTP/AVP 8', '']
const refreshMs = 46_000

async function setUp(mode: 'relay' | 'direct') {
  const tested = await createTestCenter({
    queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
    agents: [{ id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
    sip: { sessionExpiresSec: 90 },
    media: { mode, timeoutMs: 0 },
  })
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  const own = caller.dial('support')
  await world.run(3_000)
  /** The descriptions that the caller is sent by INVITEs within his call, but for those that only refresh it. */
  const proposed = () => [
    ...new Set(
      caller.received.flatMap(it =>
        it.kind === 'request' && it.method === 'INVITE' ? [/c=IN IP4 (\S+)/.exec(it.body)?.[1]] : [],
      ),
    ),
  ]
  const stop = async () => {
    caller.hangup(own)
    await tested.stop()
  }
  return { ...tested, ada, proposed, stop }
}

it.each(['relay', 'direct'] as const)('a phone that holds by its answer is known to hold (%s)', async mode => {
  const { world, ada, told, stop } = await setUp(mode)
  await world.run(refreshMs)
  expect(told('call.held')).toEqual([])
  ada.standBy([...here.slice(0, -1), 'a=sendonly', ''].join('\r\n'))
  await world.run(refreshMs)
  expect(told('call.held')).toMatchObject([{ by: 'agent' }])
  ada.standBy(here.join('\r\n'))
  await world.run(refreshMs)
  expect(told('call.retrieved')).toMatchObject([{ by: 'agent' }])
  await stop()
})

it('the other side hears of the address that a phone has moved to, where audio runs past us', async () => {
  const { world, ada, proposed, stop } = await setUp('direct')
  await world.run(refreshMs)
  expect(proposed()).toEqual([adaHost])
  ada.standBy(here.join('\r\n').replace('c=IN IP4 10.4.0.1', 'c=IN IP4 10.4.0.9'))
  await world.run(refreshMs)
  expect(proposed()).toEqual([adaHost, '10.4.0.9'])
  await stop()
})
