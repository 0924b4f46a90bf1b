/** A confirmed dialog over the virtual network: BYE, the order of requests, signs of life, and where the next one goes. */
import { describe, expect, it } from 'vitest'
import { called, nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, present } from '../testing/stage.ts'
import { answerSdp } from '../testing/wire.ts'
import type { DialogEnd } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'

describe('BYE', () => {
  it('of the peer gets 200 and ends the dialog', async () => {
    const { peer, say, ends, over } = await called()
    say('BYE')
    expect(peer.statuses('BYE')).toEqual([200])
    expect(ends).toEqual([{ by: 'remote', cause: 'bye', reason: null }])
    expect(over()).toEqual(nothingLeft)
  })

  it('of ours ends it, whatever comes back', async () => {
    for (const status of [200, 481, 408, 500]) {
      const { peer, dialog, ends, settle, over } = await called()
      settle(dialog.bye({ reason: 'SIP;cause=200' }))
      dialog.bye()
      expect(peer.last('BYE').headers.get('reason')).toBe('SIP;cause=200')
      peer.respond(peer.last('BYE'), status)
      expect(ends).toEqual([{ by: 'local', cause: 'bye', reason: null }])
      expect(over()).toEqual(nothingLeft)
      expect(peer.requests('BYE')).toHaveLength(1)
    }
  })

  it('of ours that nobody answers ends, too', async () => {
    const { dialog, ends, over } = await called()
    dialog.bye()
    expect(over()).toEqual(nothingLeft)
    expect(ends).toHaveLength(1)
  })

  it('crossing BYE: both get 200', async () => {
    const { peer, dialog, say, ends, settle, over } = await called()
    settle(dialog.bye())
    say('BYE')
    expect(peer.statuses('BYE')).toEqual([200])
    peer.respond(peer.last('BYE'), 200)
    expect(ends).toEqual([{ by: 'local', cause: 'bye', reason: null }])
    expect(over()).toEqual(nothingLeft)
  })

  it('that comes again is answered again; a later one is a stray', async () => {
    const { peer, stage, say } = await called()
    say('BYE', { branch: 'z9hG4bKbye', sequence: 900 })
    say('BYE', { branch: 'z9hG4bKbye', sequence: 900 })
    say('BYE')
    expect(peer.statuses('BYE')).toEqual([200, 200, 481])
    expect(stage.userAgent.load.dialogs).toBe(0)
  })

  it('with wrong tags is a stray', async () => {
    const { peer, say, ends } = await called()
    say('BYE', { toTag: 'x' })
    say('BYE', { fromTag: 'x' })
    say('BYE', { callId: 'x' })
    expect([peer.statuses('BYE'), ends]).toEqual([[481, 481, 481], []])
  })

  it('is sent even if who hears of the end throws', async () => {
    const stage = await createStage()
    stage.peer.request({ method: 'INVITE', headers: ['Contact: <sip:caller@10.0.0.2>'] })
    const server = new InviteServer(stage.userAgent, present(stage.incoming[0]), { onCanceled: () => {} })
    const dialog = server.accept(answerSdp, false, {
      onOffer: () => {},
      onAnswer: () => {},
      onEnded: () => {
        throw new Error('a fault')
      },
    })
    stage.clock.advance(32_000)
    expect(stage.faults).toMatchObject([{ message: 'a fault' }])
    expect(dialog.ended).toBe(true)
    expect(stage.peer.requests('BYE')).toHaveLength(1)
  })
})

describe('the order of requests (§12.2.2)', () => {
  it('a lower CSeq gets 500, a gap is legal', async () => {
    const { peer, say } = await called()
    say('OPTIONS', { sequence: 500 })
    say('OPTIONS', { sequence: 499 })
    say('OPTIONS', { sequence: 9_000 })
    expect(peer.statuses('OPTIONS')).toEqual([200, 500, 200])
  })

  it.each([
    ['OPTIONS', 200],
    ['INFO', 200],
    ['REGISTER', 405],
    ['UPDATE', 200],
    ['PRACK', 481],
  ])('%s: %d', async (method, status) => {
    const { peer, say, ends } = await called()
    say(method)
    expect(peer.statuses(method)).toEqual([status])
    if (status === 405) expect(peer.lastResponse(method).headers.list('allow')).toContain('INVITE')
    expect(ends).toEqual([])
  })

  it('Require is looked at here, too', async () => {
    const { peer, say } = await called()
    say('INFO', { headers: ['Require: foo'] })
    expect(peer.statuses('INFO')).toEqual([420])
  })
})

describe('a sign of life', () => {
  it.each([
    [200, true],
    [404, true],
    [500, true],
    [481, false],
    [408, false],
  ])('%d: alive %s', async (status, alive) => {
    const { peer, dialog, settle } = await called()
    const told: boolean[] = []
    settle(dialog.ping(it => told.push(it)))
    peer.respond(peer.last('OPTIONS'), status)
    expect(told).toEqual([alive])
  })

  it('that does not come is told after 32 s; the dead get a BYE all the same', async () => {
    const { peer, stage, dialog, ends, over } = await called()
    const told: boolean[] = []
    dialog.ping(it => told.push(it))
    stage.clock.advance(32_000)
    expect(told).toEqual([false])
    dialog.declareDead()
    dialog.fail()
    expect(ends).toEqual([{ by: 'local', cause: 'dead', reason: null }])
    expect(over()).toEqual(nothingLeft)
    expect(peer.requests('BYE').length).toBeGreaterThan(0)
  })

  it('is not told after the end', async () => {
    const { peer, dialog, say, settle } = await called()
    const told: boolean[] = []
    settle(dialog.ping(it => told.push(it)))
    say('BYE')
    peer.respond(peer.last('OPTIONS'), 200)
    expect(told).toEqual([])
  })
})

describe('the flow of the next request', () => {
  it('is where the Contact says', async () => {
    const { stage, dialog, settle } = await called({ contact: 'sip:caller@10.0.0.6:5070' })
    const device = await stage.addPeer({ host: '10.0.0.6', port: 5070 })
    settle(dialog.bye())
    expect(device.requests('BYE')).toHaveLength(1)
  })

  it('is a loose router’s, or a strict one’s, who gets the target in Route (§12.2.1.1)', async () => {
    const at = { host: '10.0.0.6', port: 5060 }
    for (const [recorded, uri, route] of [
      ['sip:10.0.0.6;lr', 'sip:caller@10.0.0.2', '<sip:10.0.0.6;lr>'],
      ['sip:10.0.0.6', 'sip:10.0.0.6', '<sip:caller@10.0.0.2>'],
    ]) {
      const { stage, dialog, settle } = await called({ headers: [`Record-Route: <${recorded}>`] })
      const router = await stage.addPeer(at)
      settle(dialog.bye())
      expect([router.last('BYE').uri, router.last('BYE').headers.fields('route')]).toEqual([uri, [route]])
    }
  })

  it('moves with INVITE and UPDATE only (§12.2)', async () => {
    const { say, dialog } = await called()
    const headers = ['Contact: <sip:elsewhere@10.0.0.9>']
    say('INFO', { headers, sequence: 101 })
    say('OPTIONS', { headers, sequence: 102 })
    expect(dialog.state.remoteTarget).toBe('sip:caller@10.0.0.2')
    say('UPDATE', { headers, sequence: 103 })
    expect(dialog.state.remoteTarget).toBe('sip:elsewhere@10.0.0.9')
  })

  it('is the one that the peer used when it is pinned, or when the Contact is a name that nobody knows', async () => {
    for (const options of [{ contact: 'sip:c@192.168.0.9', pinned: true }, { contact: 'sip:c@phone.invalid' }]) {
      const { stage, peer, dialog } = await called(options)
      dialog.bye()
      await stage.dnsAnswers()
      expect(peer.requests('BYE')).toHaveLength(1)
    }
  })

  async function overTcp(contact: string) {
    const stage = await createStage()
    const tcp = stage.connect('10.0.0.4')
    tcp.request({ method: 'INVITE', via: 'SIP/2.0/TCP 10.0.0.4;branch=z9hG4bKt', headers: [`Contact: <${contact}>`] })
    const server = new InviteServer(stage.userAgent, present(stage.incoming[0]), { onCanceled: () => {} })
    const ends: DialogEnd[] = []
    const dialog = server.accept(answerSdp, false, {
      onOffer: () => {},
      onAnswer: () => {},
      onEnded: end => ends.push(end),
    })
    stage.clock.advance(0)
    tcp.request({ method: 'ACK', via: 'SIP/2.0/TCP 10.0.0.4;branch=z9hG4bKa', toTag: server.localTag })
    return { stage, tcp, dialog, ends }
  }

  it('is the connection while it lives, whatever port the Contact says', async () => {
    const { stage, tcp, dialog } = await overTcp('sip:c@10.0.0.4:5060;transport=tcp')
    dialog.bye()
    stage.clock.advance(0)
    expect(tcp.requests('BYE')).toHaveLength(1)
  })

  it('is a new connection to the Contact when the old one is gone', async () => {
    const { stage, tcp, dialog } = await overTcp('sip:c@10.0.0.4:5060;transport=tcp')
    const heard: string[] = []
    await stage.network
      .host('10.0.0.4')
      .listenStream({ host: '10.0.0.4', port: 5060 }, connection =>
        connection.attach({ onData: data => heard.push(new TextDecoder().decode(data)), onClose: () => {} }),
      )
    tcp.connection.destroy()
    stage.clock.advance(0)
    dialog.bye()
    stage.clock.advance(0)
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatch(/^BYE sip:c@10\.0\.0\.4:5060;transport=tcp SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /)
  })

  it('is none when that can not be found: the call is over at once', async () => {
    const { stage, tcp, dialog, ends } = await overTcp('sip:c@phone.invalid;transport=tcp')
    tcp.connection.destroy()
    stage.clock.advance(0)
    const told: string[] = []
    dialog.reinvite(() => 'v=1', { onAnswer: () => {}, onRefused: status => told.push(`refused ${status}`) })
    await stage.dnsAnswers()
    expect(told).toEqual(['refused 503'])
    dialog.bye()
    stage.clock.advance(0)
    expect([ends.length, stage.userAgent.load.dialogs]).toEqual([1, 0])
  })

  it('follows the peer to another connection', async () => {
    const { stage, tcp, dialog } = await overTcp('sip:c@phone.invalid;transport=tcp')
    tcp.connection.destroy()
    stage.clock.advance(0)
    const again = stage.connect('10.0.0.4')
    again.request({
      method: 'OPTIONS',
      via: 'SIP/2.0/TCP 10.0.0.4;branch=z9hG4bKo',
      toTag: dialog.state.localTag,
      sequence: 2,
    })
    dialog.bye()
    await stage.dnsAnswers()
    expect(again.requests('BYE')).toHaveLength(1)
  })
})
