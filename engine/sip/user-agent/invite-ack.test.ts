/** Where the ACK to the 2xx of our INVITE goes (RFC 3261 §13.2.2.4): by the route set or the Contact of the 2xx. */
import { describe, expect, it } from 'vitest'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, type Peer, present } from '../testing/stage.ts'
import { answerSdp, offerSdp, responseText } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { InviteDialog } from './invite-dialog.ts'

const routed = { host: '10.0.0.7', port: 5060 }

/** An INVITE to the stage's peer, which is not the only one to take part. */
async function setUp(uri = 'sip:agent@10.0.0.2') {
  const stage = await createStage()
  const { network, userAgent, clock, peer } = stage
  network.setAddresses('edge.example.com', [routed.host])
  const there = await stage.addPeer(routed)
  const dialogs: InviteDialog[] = []
  const call = () => {
    new InviteClient(
      userAgent,
      {
        uri,
        from: '<sip:c@10.0.0.1>',
        to: `<${uri}>`,
        callId: 'call-2',
        flow: present(userAgent.flowTo(uri)),
        pinned: false,
        headers: [],
        maxForwards: 70,
        sdp: offerSdp,
      },
      {
        onProgress: () => {},
        onAccepted: dialog => dialogs.push(dialog),
        onFailed: () => {},
        dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
      },
    )
    clock.advance(0)
  }
  const over = async () => {
    for (const dialog of dialogs) dialog.bye()
    await stage.dnsAnswers()
    clock.advance(120_000)
    return { ...userAgent.load, pending: clock.pending }
  }
  const accept = (headers: readonly string[]) =>
    peer.respond(peer.last('INVITE'), 200, { toTag: 'agent', body: answerSdp, headers })
  return { ...stage, there, call, accept, over, dialogs }
}

const acks = (...peers: readonly Peer[]) => peers.map(peer => peer.requests('ACK').length)

const named = [
  ['the Contact', ['Contact: <sip:agent@edge.example.com:5060>']],
  ['a route', ['Contact: <sip:agent@10.0.0.2>', 'Record-Route: <sip:edge.example.com:5060;lr>']],
] as const

describe.each(named)('where %s of the 2xx is a name', (_what, headers) => {
  it('the ACK waits for the DNS and goes where it says, as do those to copies of the 2xx', async () => {
    const { call, accept, dnsAnswers, peer, there, over } = await setUp()
    call()
    accept(headers)
    expect(acks(peer, there)).toEqual([0, 0])
    await dnsAnswers()
    expect(acks(peer, there)).toEqual([0, 1])
    accept(headers)
    expect(acks(peer, there)).toEqual([0, 2])
    const [first, second] = there.requests('ACK')
    expect(second?.headers.via?.branch).toBe(first?.headers.via?.branch)
    expect(await over()).toEqual(nothingLeft)
  })

  it('a copy of the 2xx that is faster than the DNS gets its ACK the way that the INVITE went', async () => {
    const { call, accept, dnsAnswers, peer, there, over } = await setUp()
    call()
    accept(headers)
    accept(headers)
    expect(acks(peer, there)).toEqual([1, 0])
    await dnsAnswers()
    expect(acks(peer, there)).toEqual([1, 1])
    expect(await over()).toEqual(nothingLeft)
  })

  it('and in an outage of the DNS it goes there, too', async () => {
    const { call, accept, dnsAnswers, peer, there, network, over } = await setUp()
    network.setAddresses('edge.example.com', [])
    network.zone.setOut(true)
    call()
    accept(headers)
    await dnsAnswers()
    expect(acks(peer, there)).toEqual([1, 0])
    expect(await over()).toEqual(nothingLeft)
  })
})

it('of a connection that is gone by the next copy of the 2xx the ACK goes over another', async () => {
  const { call, listenAt, connect, clock, dialogs, over } = await setUp('sip:agent@10.0.0.9:5060;transport=tcp')
  const there = await listenAt({ host: '10.0.0.9', port: 5060 })
  call()
  const [first] = there
  const answer = responseText(present(first).last('INVITE'), 200, {
    toTag: 'agent',
    body: answerSdp,
    headers: ['Contact: <sip:agent@10.0.0.9:5060;transport=tcp>'],
  })
  first?.send(answer)
  expect(acks(...there)).toEqual([1])
  first?.connection.destroy()
  clock.advance(0)
  // Who has not had the ACK tells it by the way that our Via names (§18.2.2).
  const back = connect('10.0.0.9')
  back.send(answer)
  expect(acks(...there)).toEqual([1, 1])
  back.connection.destroy()
  expect(dialogs).toHaveLength(1)
  expect(await over()).toEqual(nothingLeft)
})
