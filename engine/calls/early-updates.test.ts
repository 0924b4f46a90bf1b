/** An outside party that plays something before its answer and moves meanwhile by UPDATE (RFC 3311 §5.2), in a whole center. */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'
import { watchedMedia } from './testing/watched-media.ts'

const [adaHost, abroadHost, number] = ['10.4.0.1', '10.3.0.2', '+33123456']

const center = {
  agents: [{ id: 'ada', contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
  trunks: [{ id: 'abroad', addresses: [abroadHost], host: abroadHost }],
  outbound: [{ prefix: '+33', trunk: 'abroad' }],
  media: { timeoutMs: 0 },
} satisfies CenterInput

it('its audio goes where it is now, before the answer and after it', async () => {
  const places: (string | undefined)[] = []
  const tested = await createTestCenter(
    center,
    watchedMedia(session => ({
      update(stream) {
        places.push(`${stream.remote?.host}:${stream.remote?.port}`)
        session.update(stream)
      },
    })),
  )
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
  abroad.answer = 180
  const own = ada.dial(number)
  await world.run(500)
  abroad.playEarly(['Require: 100rel', 'RSeq: 1'])
  await world.run(500)
  expect(places).toEqual([`${abroadHost}:4000`, `${adaHost}:4000`])
  const [call] = abroad.calls as [ScriptedCall]
  const moved = offerSdp.replaceAll('10.0.0.2', '10.3.0.9').replace('o=- 1 1', 'o=- 1 2').replace('4000', '4444')
  abroad.ask(call, 'UPDATE', [], moved)
  await world.run(500)
  const answers = abroad.received.flatMap(it =>
    it.kind === 'response' && it.headers.cseq?.method === 'UPDATE' ? [[it.status, /^m=audio/m.test(it.body)]] : [],
  )
  expect([answers, places.at(-1)]).toEqual([[[200, true]], '10.3.0.9:4444'])
  abroad.pickUp('')
  await world.run(1_000)
  expect([own.ended, places.filter(place => !place?.startsWith(adaHost)).at(-1)]).toEqual([null, '10.3.0.9:4444'])
  ada.hangup(own)
  await tested.stop()
})
