/** In-dialog requests to a next hop with a name (RFC 3261 §8.1.2), and away from a connection that does not lead there. */
import { describe, expect, it } from 'vitest'
import { Dialog } from '../dialog/dialog.ts'
import { SessionEnd, SessionEnds } from '../message/session-id.ts'
import { createStage, present, type Stage } from '../testing/stage.ts'
import { answerSdp, offerSdp, request } from '../testing/wire.ts'
import { DialogLine } from './invite-line.ts'
import { InviteServer } from './invite-server.ts'
import { NextHop } from './next-hop.ts'

const routed = { host: '10.0.0.7', port: 5060 }

/** A call of the stage's peer, or over `tcp`, answered and acknowledged. */
function answered(stage: Stage, headers: readonly string[], tcp: ReturnType<Stage['connect']> | null = null) {
  const peer = tcp ?? stage.peer
  const via = (branch: string) => (tcp === null ? {} : { via: `SIP/2.0/TCP 10.0.0.4;branch=z9hG4bK${branch}` })
  peer.request({ method: 'INVITE', body: offerSdp, headers, ...via('1') })
  const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
  const dialog = server.accept(answerSdp, false, {
    onOffer: ({ accept }) => accept(answerSdp),
    onAnswer: () => {},
    onEnded: () => {},
  })
  stage.clock.advance(0)
  peer.request({ method: 'ACK', toTag: server.localTag, ...via('2') })
  return { peer, dialog, toTag: server.localTag }
}

/** The DNS answers; then the dialog is ended, and what that sends arrives. */
async function bye(stage: Stage, dialog: { bye(): void }) {
  await stage.dnsAnswers()
  dialog.bye()
  stage.clock.advance(0)
}

describe('a next hop with a name', () => {
  it.each([
    ['the Contact', ['Contact: <sip:c@phone.example.com:5060>']],
    ['a route', ['Contact: <sip:c@10.0.0.2>', 'Record-Route: <sip:proxy@phone.example.com:5060;lr>']],
  ])('is found where the DNS says: %s', async (_what, headers) => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', [routed.host])
    const there = await stage.addPeer(routed)
    const { peer, dialog } = answered(stage, headers)
    await bye(stage, dialog)
    expect([there.requests('BYE').length, peer.requests('BYE').length]).toEqual([1, 0])
  })

  it('is found by SRV, and stays the server that the peer uses if that is one of them', async () => {
    for (const isOneOfThem of [true, false]) {
      const stage = await createStage()
      stage.network.setAddresses('a.example.com', [routed.host])
      stage.network.setAddresses('b.example.com', ['10.0.0.2'])
      const names = isOneOfThem ? ['a.example.com', 'b.example.com'] : ['a.example.com']
      stage.network.zone.setSrv(
        '_sip._udp.example.com',
        names.map((name, i) => ({ name, port: 5060, priority: i + 1, weight: 0 })),
      )
      const there = await stage.addPeer(routed)
      const { peer, dialog } = answered(stage, ['Contact: <sip:c@example.com>'])
      await bye(stage, dialog)
      expect([peer.requests('BYE').length, there.requests('BYE').length]).toEqual(isOneOfThem ? [1, 0] : [0, 1])
    }
  })

  it('is looked up again when the target moves, and only then', async () => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', [routed.host])
    const there = await stage.addPeer(routed)
    const { peer, dialog, toTag } = answered(stage, ['Contact: <sip:c@10.0.0.2>'])
    const headers = ['Contact: <sip:c@phone.example.com:5060>']
    peer.request({ method: 'UPDATE', sequence: 2, toTag, headers })
    await bye(stage, dialog)
    expect([there.requests('BYE').length, stage.network.zone.asked.length]).toEqual([1, 1])
  })

  it('that the DNS does not know is where the peer was', async () => {
    const stage = await createStage()
    const { peer, dialog } = answered(stage, ['Contact: <sip:c@phone.invalid>'])
    await bye(stage, dialog)
    expect(peer.requests('BYE')).toHaveLength(1)
  })
})

describe('a living connection', () => {
  it.each([
    ['an address', 'sip:c@10.0.0.7:5060'],
    ['a name', 'sip:c@phone.example.com:5060'],
  ])('is left for another host: %s', async (_what, contact) => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', [routed.host])
    const there = await stage.addPeer(routed)
    const { peer, dialog } = answered(stage, [`Contact: <${contact}>`], stage.connect('10.0.0.4'))
    await bye(stage, dialog)
    expect([there.requests('BYE').length, peer.requests('BYE').length]).toEqual([1, 0])
  })

  it.each([
    ['an address', 'sip:c@10.0.0.4:5062;transport=tcp'],
    ['a name', 'sip:c@phone.example.com:5062;transport=tcp'],
    ['nobody', 'sip:c@phone.invalid;transport=tcp'],
  ])('is kept for the same machine, and for nobody: %s', async (_what, contact) => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', ['10.0.0.4'])
    const { peer, dialog } = answered(stage, [`Contact: <${contact}>`], stage.connect('10.0.0.4'))
    await bye(stage, dialog)
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it('of IPv6 is kept however its address is spelt', async () => {
    const stage = await createStage()
    const living = {
      ...stage.flowToPeer(),
      transport: 'TCP',
      reliable: true,
      remote: { host: 'fd00::2', port: 5062 },
    } as const
    for (const host of ['fd00::2', 'FD00:0:0::0:2', 'fd00:0000:0000:0000:0000:0000:0000:0002']) {
      const hop = new NextHop(stage.userAgent, `sip:c@[${host}]:5062;transport=tcp`)
      expect(hop.flow(stage.userAgent, living)).toBe(living)
    }
  })

  it('by TLS is not left for one in the clear; a dead one is', async () => {
    const stage = await createStage()
    const hop = new NextHop(stage.userAgent, 'sip:c@10.0.0.7')
    const living = { ...stage.flowToPeer(), transport: 'TLS', reliable: true } as const
    const dead = { ...living, alive: false }
    expect(hop.flow(stage.userAgent, living)).toBe(living)
    expect(hop.flow(stage.userAgent, dead).remote).toEqual(routed)
    const secured = new NextHop(stage.userAgent, 'sips:c@10.0.0.7').flow(stage.userAgent, living)
    expect([secured.transport, secured.remote.host]).toEqual(['TLS', '10.0.0.7'])
  })

  it('of a WebSocket is the only way to its peer, whatever he says', async () => {
    const stage = await createStage()
    const headers = ['Contact: <sip:c@10.0.0.7>']
    const dialog = Dialog.ofServer(request({ method: 'INVITE', headers }), 'x')
    const socket = { ...stage.flowToPeer(), transport: 'WS', reliable: true } as const
    const ends = new SessionEnds(SessionEnd.unknown(), SessionEnd.unknown())
    expect(new DialogLine(stage.userAgent, { dialog, flow: socket, ends }, false).look()).toBeNull()
    expect(
      new DialogLine(stage.userAgent, { dialog, flow: { ...socket, alive: false }, ends }, false).look()?.uri,
    ).toBe('sip:c@10.0.0.7')
  })
})
