/** A side that takes its audio out of use by port 0 (RFC 3264 §8.2), an old way to hold, and back again; in a whole center. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { SipMessage } from '../sip/message/message.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, callerHost] = ['10.4.0.1', '10.1.0.7']

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
  agents: [{ id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
} satisfies CenterInput

const session = (host: string, version: number, port: number) =>
  offerSdp.replaceAll('10.0.0.2', host).replace('o=- 1 1', `o=- 1 ${version}`).replace('audio 4000', `audio ${port}`)

/** The audio line that the last answer to a change had, after its status. */
function answerTo({ received }: ScriptedPhone, { callId, sequence }: ScriptedCall): readonly unknown[] {
  const found = received.findLast(
    (it: SipMessage) =>
      it.kind === 'response' &&
      it.headers.callId === callId &&
      it.headers.cseq?.number === sequence &&
      it.status >= 200,
  )
  return found?.kind === 'response' ? [found.status, /^m=audio (\d+)/m.exec(found.body)?.[1]] : []
}

const live = [200, expect.stringMatching(/^[1-9]/)]

describe.each(['relay', 'direct'] as const)('where audio is in %s mode', mode => {
  it.each(['caller', 'agent'] as const)('the %s holds by it', async by => {
    const tested = await createTestCenter({ ...center, media: { mode, timeoutMs: 0 } })
    const { world, told } = tested
    const ada = await createScriptedPhone(world, 'ada', adaHost)
    const caller = await createScriptedPhone(world, 'caller', callerHost)
    const own = caller.dial('support')
    await world.run(2_000)
    const [his] = ada.calls as [ScriptedCall]
    const isCaller = by === 'caller'
    const [phone, call, host] = isCaller ? [caller, own, callerHost] : [ada, his, adaHost]
    const other = isCaller ? { phone: ada, host: adaHost } : { phone: caller, host: callerHost }
    other.phone.standBy(session(other.host, 2, 0))
    phone.reinvite(call, session(host, 2, 0))
    await world.run(1_000)
    expect(answerTo(phone, call)).toEqual([200, '0'])
    expect(told('call.held')).toMatchObject([{ by: isCaller ? 'customer' : 'agent' }])
    other.phone.standBy(session(other.host, 3, 4000))
    phone.reinvite(call, session(host, 3, 4000))
    await world.run(1_000)
    expect(answerTo(phone, call)).toEqual(live)
    expect(told('call.retrieved')).toHaveLength(1)
    caller.hangup(own)
    await tested.stop()
  })
})
