/**
 * An agent whose phone has answered hangs up before the caller can hear him (FEATURES §4: `connecting` → `queued`), as the
 * caller's port is still being opened: nobody has served the caller, who knows nothing of it and keeps his place.
 */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { MediaPort } from '../ports/media.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, bobHost, callerHost] = ['10.4.0.1', '10.4.0.3', '10.1.0.7']
const agent = (id: string, host: string) => ({
  id,
  queues: ['support'],
  contact: `sip:${id}@${host}:5060`,
  alwaysAvailable: true,
})

const center = {
  queues: [{ id: 'support', answer: 'with-agent', strategy: 'linear' }],
  agents: [agent('ada', adaHost), agent('bob', bobHost)],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { timeoutMs: 0 },
} satisfies CenterInput

/** `slow`: what is opened waits until `open`. */
async function setUp() {
  const waiting: (() => void)[] = []
  const slow = { isOn: false }
  const tested = await createTestCenter(center, ({ clock }) => {
    const media = createSilentMedia({ clock })
    const open: MediaPort['open'] = async options => {
      if (slow.isOn) await new Promise<void>(resolve => waiting.push(resolve))
      return media.open(options)
    }
    return {
      ...media,
      open,
      get openSessions() {
        return media.openSessions
      },
    }
  })
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  const open = async () => {
    slow.isOn = false
    for (const go of waiting.splice(0)) go()
    await world.run(100)
  }
  return { ...tested, ada, bob, caller, slow, open }
}

it('the caller keeps his place, and the next agent has him', async () => {
  const { world, ada, bob, caller, slow, open, told, stop } = await setUp()
  ada.answer = 180
  bob.answer = 180
  const own = caller.dial('support')
  await world.run(1_000)
  slow.isOn = true
  ada.pickUp()
  await world.run(100)
  expect(told('offer.accepted')).toHaveLength(1)
  ada.hangup(ada.calls[0] as ScriptedCall)
  await world.run(100)
  const [queued] = told('call.queued')
  expect(told('call.requeued')).toMatchObject([
    { cause: 'agentLost', visitId: queued?.visitId, enqueuedAt: queued?.enqueuedAt },
  ])
  await open()
  await world.run(1_000)
  expect([own.ended, caller.answered, told('call.ended'), bob.calls.length]).toEqual([null, [], [], 1])
  bob.pickUp()
  await world.run(1_000)
  expect(caller.answered).toEqual([200])
  expect(told('call.connected')).toMatchObject([{ agentId: 'bob', visitId: queued?.visitId }])
  caller.hangup(own)
  await stop()
})

it('he is offered nothing until his cooldown is over, and has handled nothing', async () => {
  const { world, ada, bob, caller, told, stop } = await setUp()
  ada.answer = 180
  bob.refusal = { status: 486, headers: [] }
  const own = caller.dial('support')
  /** His phone describes nothing, whenever it answers: nobody can be joined with it. */
  for (let i = 0; i < 90; i++) {
    await world.run(100)
    if (ada.calls.at(-1)?.ended === null) ada.pickUp('')
  }
  const times = told('offer.accepted').map(({ agentId }) => agentId)
  // At once, and 5 s later.
  expect(times).toEqual(['ada', 'ada'])
  expect(world.engine.agents.get('ada').today.handled).toBe(0)
  caller.cancel(own)
  await stop()
})
