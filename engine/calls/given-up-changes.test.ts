/** A re-INVITE that was passed on to the other side and is cancelled, in a whole center whose audio runs past us (RFC 3261 §9). */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { SipMessage, SipRequest } from '../sip/message/message.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, callerHost] = ['10.4.0.1', '10.1.0.7']

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
  agents: [{ id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

function requestsTo({ received }: ScriptedPhone, method: string): readonly SipRequest[] {
  return received.filter((it: SipMessage): it is SipRequest => it.kind === 'request' && it.method === method)
}

/** The final responses to the last request of a call. */
function finalsOf({ received }: ScriptedPhone, method: string, { callId, sequence }: ScriptedCall): readonly number[] {
  const statuses = received.flatMap(it =>
    it.kind === 'response' &&
    it.status >= 200 &&
    it.headers.callId === callId &&
    it.headers.cseq?.method === method &&
    it.headers.cseq.number === sequence
      ? [it.status]
      : [],
  )
  return [...new Set(statuses)]
}

it.each(['caller', 'agent'] as const)(
  'of the %s: the other side is not asked any more, and all is as it was',
  async by => {
    const tested = await createTestCenter(center)
    const { world, told, stop } = tested
    const phones = {
      agent: await createScriptedPhone(world, 'ada', adaHost),
      caller: await createScriptedPhone(world, 'caller', callerHost),
    }
    const dialled = phones.caller.dial('support')
    await world.run(2_000)
    const answered = phones.agent.calls[0]
    if (answered === undefined) throw new Error('Ada was not rung')
    const [asks, is, call] =
      by === 'caller' ? [phones.caller, phones.agent, dialled] : [phones.agent, phones.caller, answered]
    const before = requestsTo(is, 'INVITE').length
    is.thinks = true
    asks.hold(call)
    await world.run(1_000)
    expect(requestsTo(is, 'INVITE')).toHaveLength(before + 1)
    expect(requestsTo(is, 'CANCEL')).toHaveLength(0)
    asks.giveUp(call)
    await world.run(1_000)
    expect([finalsOf(asks, 'INVITE', call), finalsOf(asks, 'CANCEL', call)]).toEqual([[487], [200]])
    const [change, cancel] = [requestsTo(is, 'INVITE').at(-1), requestsTo(is, 'CANCEL').at(-1)]
    expect(cancel?.headers.cseq?.number).toBe(change?.headers.cseq?.number)
    expect(cancel?.headers.via).toEqual(change?.headers.via)
    expect([told('call.held'), told('call.ended')]).toEqual([[], []])
    // It may be tried again, from where it has stood.
    is.thinks = false
    asks.hold(call)
    await world.run(1_000)
    expect(finalsOf(asks, 'INVITE', call)).toEqual([200])
    expect(told('call.held')).toHaveLength(1)
    phones.caller.hangup(dialled)
    await stop()
  },
)
