/**
 * A phone that answers 200 and describes nothing, nothing that can be read, or no audio: nobody is joined with it, and its
 * caller is offered to the next one.
 */
import { expect, it } from 'vitest'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, bobHost, callerHost] = ['10.4.0.1', '10.4.0.3', '10.1.0.7']
const agent = (id: string, host: string) => ({
  id,
  queues: ['support'],
  contact: `sip:${id}@${host}:5060`,
  alwaysAvailable: true,
})

/** RFC 3264 §6. */
const refused = offerSdp.replace('audio 4000', 'audio 0')

it.each([
  ['nothing', 'relay', ''],
  ['nothing', 'direct', ''],
  ['nonsense', 'direct', 'v=1\r\n'],
  ['that it refuses the audio', 'relay', refused],
  ['that it refuses the audio', 'direct', refused],
  [
    'that it refuses the audio, and takes video that nobody has offered',
    'direct',
    `${refused}m=video 4002 RTP/AVP 34\r\n`,
  ],
  ['nothing of audio', 'direct', offerSdp.replace(/m=audio[\s\S]*/, '')],
] as const)('that says %s (%s)', async (_, mode, said) => {
  const { world, told, stop } = await createTestCenter({
    queues: [{ id: 'support', answer: 'with-agent' }],
    agents: [agent('ada', adaHost), agent('bob', bobHost)],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
    media: { mode, timeoutMs: 0 },
  })
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  ada.answer = 180
  bob.answer = 180
  const own = caller.dial('support')
  await world.run(1_000)
  const [first, second] = ada.calls.length > 0 ? [ada, bob] : [bob, ada]
  first.pickUp(said)
  await world.run(1_000)
  expect([first.calls[0]?.ended, caller.answered]).toEqual(['engine', []])
  // He keeps his place.
  const [queued] = told('call.queued')
  expect(told('call.requeued')).toMatchObject([{ visitId: queued?.visitId, enqueuedAt: queued?.enqueuedAt }])
  second.pickUp()
  await world.run(1_000)
  // RFC 3261 §13.2.1: the 2xx to an offer has its answer.
  const answers = caller.received.filter(it => it.kind === 'response' && it.status === 200 && it.body !== '')
  expect([caller.answered, answers.length]).toEqual([[200], 1])
  caller.hangup(own)
  await stop()
})
