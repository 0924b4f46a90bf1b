/** The tone before the customer in a whole center, as the agent hears it; and, where audio runs past us, how the two meet then. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createAudioLibrary } from '../media/audio/library.ts'
import { createEmbeddedMedia } from '../media/rtp/embedded-media.ts'
import { readPrompts } from '../node/media-prompts.ts'
import type { WorldOptions } from '../simulation/world.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { createScriptedPhone, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter } from './testing/test-center.ts'

const [adaHost, callerHost] = ['10.4.0.1', '10.1.0.7']

const center = {
  queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true, zipTone: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

/** Where the INVITEs that a phone has got want its audio, oldest first. */
function offeredTo({ received }: ScriptedPhone) {
  return received.flatMap(it =>
    it.kind === 'request' && (it as SipRequest).method === 'INVITE'
      ? [/^c=IN IP4 (\S+)/m.exec(Buffer.from(it.body).toString())?.[1]]
      : [],
  )
}

async function setUp(sdp?: string, changes: CenterInput = {}, media?: WorldOptions['media']) {
  const tested = await createTestCenter({ ...center, ...changes }, media)
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  const own = caller.dial('support', sdp === undefined ? {} : { sdp })
  return { ...tested, ada, caller, own }
}

/** From the answer of the agent to when the two hear each other. */
function toneMs({ events }: { readonly events: readonly { readonly type: string; readonly time: string }[] }): number {
  const at = (wanted: string) => Date.parse(events.find(({ type }) => type === wanted)?.time ?? '')
  return at('call.connected') - at('offer.accepted')
}

const described = (host: string, payload: string) =>
  ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', `m=audio 4444 ${payload}`, ''].join('\r\n')

describe('an agent in direct mode', () => {
  it('hears the tone from us, and then the customer without us', async () => {
    const { world, ada, caller, own, stop } = await setUp(described(callerHost, 'RTP/AVP 8'))
    await world.run(2_500)
    expect(toneMs(world)).toBe(1_000)
    expect(offeredTo(ada)).toEqual(['10.0.0.1', callerHost])
    // The phone says where it is by the description that all scripted ones have.
    expect(offeredTo(caller)).toHaveLength(1)
    expect(offeredTo(caller)[0]).not.toBe('10.0.0.1')
    expect(world.engine.counters()).toMatchObject({ rtpSessions: 0, callsActive: 1 })
    caller.hangup(own)
    await stop()
  })

  it('has the customer at once who talks nothing that we could play beside', async () => {
    const opus = described(callerHost, 'RTP/AVP 96').replace(/\r\n$/, '\r\na=rtpmap:96 opus/48000/2\r\n')
    const { world, ada, caller, own, stop } = await setUp(opus)
    await world.run(2_500)
    expect(toneMs(world)).toBe(0)
    expect(offeredTo(ada)).toEqual([callerHost])
    caller.hangup(own)
    await stop()
  })
})

describe('the tone', () => {
  const library = createAudioLibrary(readPrompts())
  const media: NonNullable<WorldOptions['media']> = ports =>
    createEmbeddedMedia({ ...ports, library, minPort: 10_000, maxPort: 10_100 })

  it.each([
    ['relay', 'immediately'],
    ['relay', 'with-agent'],
    ['direct', 'immediately'],
    ['direct', 'with-agent'],
  ] as const)('reaches the agent, octet for octet, before the customer does (%s, %s)', async (mode, answer) => {
    const tone = Buffer.from(library.prompt('en/zip-tone', 'PCMA') ?? [])
    expect(tone.length).toBeGreaterThan(1_000)
    const changes = { queues: [{ ...center.queues[0], answer }], media: { mode, timeoutMs: 0 } } as CenterInput
    const { world, caller, own, stop } = await setUp(undefined, changes, media)
    const heard: Buffer[] = []
    const address = { host: adaHost, port: 4000 }
    const socket = await world.network.host(adaHost).bindDatagram(address, {
      onMessage: bytes => void heard.push(Buffer.from(bytes).subarray(12)),
      onError: () => {},
    })
    await world.run(2_500)
    expect(Buffer.concat(heard).includes(tone)).toBe(true)
    expect(toneMs(world)).toBeGreaterThanOrEqual(200)
    expect(toneMs(world)).toBeLessThan(500)
    caller.hangup(own)
    await stop()
    socket.close()
  })
})
