/** The hand-over to direct media: who is offered what, and when the relay stays. */
import { describe, expect, it } from 'vitest'
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { FormOffer } from '../sip/index.ts'
import type { OnReinvited, Side } from './pair.ts'
import { handOver } from './renegotiate.ts'

const sdp = (...lines: readonly string[]) =>
  ['v=0', 'o=x 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n')
const audio = 'm=audio 4000 RTP/AVP 0'
const noAudio = 'm=audio 0 RTP/AVP 0'
const video = 'm=video 4002 RTP/AVP 31'

function handedOver(
  customerSdp: string,
  answers: { agent: string | null; customer: string | null },
  isWanted = true,
  held: readonly Side[] = [],
) {
  const told: string[] = []
  const leg = (side: 'agent' | 'customer') => ({
    sendDigit() {},
    reinvite(form: FormOffer, onResult: OnReinvited) {
      told.push(`${side} is offered ${form()?.match(/m=\w+/g)?.join(' ')}`)
      onResult(answers[side], answers[side] === null ? 488 : 0)
      return () => {}
    },
  })
  handOver(
    { agent: leg('agent'), customer: leg('customer') },
    { agent: new DirectOrigin(), customer: new DirectOrigin() },
    customerSdp,
    held,
    {
      isWanted: () => isWanted,
      onMet: () => told.push('met'),
      onRefused: changed => told.push(['refused', ...changed].join(' ')),
    },
  )
  return told
}

const both = { agent: sdp(audio), customer: sdp(audio) }
const agentFirst = 'agent is offered m=audio'
const met = [agentFirst, 'customer is offered m=audio', 'met']

describe('the hand-over', () => {
  it.each([
    ['both agree', sdp(audio), both, met],
    ['more behind the audio', sdp(audio, video), both, [`${agentFirst} m=video`, 'customer is offered m=audio', 'met']],
    ['more than the customer has', sdp(audio), { ...both, agent: sdp(audio, video) }, met],
    // RFC 3264 §8: the agent's first m-line has been audio all along.
    ['something before the audio', sdp(video, audio), both, ['refused']],
    ['the agent refuses', sdp(audio), { ...both, agent: null }, [agentFirst, 'refused']],
    ['the agent refuses the audio', sdp(audio), { ...both, agent: sdp(noAudio) }, [agentFirst, 'refused agent']],
    ['the customer refuses', sdp(audio), { ...both, customer: null }, [...met.slice(0, 2), 'refused agent']],
    [
      'the customer refuses the audio',
      sdp(audio),
      { ...both, customer: sdp(noAudio) },
      [...met.slice(0, 2), 'refused agent customer'],
    ],
    ['the customer has no audio now', sdp(noAudio), { agent: sdp(noAudio), customer: sdp(noAudio) }, met],
  ])('%s', (_what, offer, answers, told) => {
    expect(handedOver(offer, answers)).toEqual(told)
  })

  it('goes on with sides that hold by refusing the audio', () => {
    const closed = { agent: sdp(noAudio), customer: sdp(noAudio) }
    expect(handedOver(sdp(audio), closed, true, ['agent'])).toEqual(met)
  })

  it('stops when the pair has changed meanwhile', () => {
    expect(handedOver(sdp(audio), both, false)).toEqual([agentFirst])
  })
})
