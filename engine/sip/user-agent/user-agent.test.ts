/** The core: what every request meets before anyone above hears of it, and what a fault above does not do. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRequest } from '../message/message.ts'
import { isNumericHost } from '../message/uri.ts'
import { createStage, peerHost, present } from '../testing/stage.ts'
import { offerSdp, requestText } from '../testing/wire.ts'
import { InviteServer } from './invite-server.ts'

const torture = (name: string) => readFileSync(new URL(`../message/torture/${name}.dat`, import.meta.url))

/** RFC 4475 messages say to answer hosts that are not there: they are told that the peer's address is meant. */
const throughPeer = (name: string) => {
  const text = torture(name).toString('latin1')
  return Buffer.from(
    text.replace(/Via\s*:\s*SIP\/2\.0\/\w+ /i, found => `${found}10.0.0.2;rport;x=`),
    'latin1',
  )
}

describe('requests are answered before anyone is asked', () => {
  it('OPTIONS: 200 with what we can', async () => {
    const { peer, userAgent, onlyOptions } = await answering()
    peer.request({ method: 'OPTIONS' })
    const response = peer.lastResponse('OPTIONS')
    expect(response.status).toBe(200)
    expect(response.headers.toTag).not.toBe('')
    for (const name of ['allow', 'accept', 'supported']) expect(response.headers.has(name), name).toBe(true)
    expect(response.headers.list('allow')).toEqual(
      expect.arrayContaining(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']),
    )
    // What is said to be supported is not refused when required.
    const tags = response.headers.list('supported')
    expect(tags).toEqual(['100rel', 'timer', 'norefersub', 'replaces'])
    peer.request({ method: 'OPTIONS', branch: 'z9hG4bK2', sequence: 2, headers: [`Require: ${tags.join(', ')}`] })
    expect(peer.statuses('OPTIONS').every(status => status === 200)).toBe(true)
    expect(onlyOptions()).toBe(true)
    expect(userAgent.counters).toEqual({ requests: { OPTIONS: 2 }, invalid: 0 })
  })

  it.each([
    ['an unknown method', { method: 'PUBLISH' }, 405, 'allow', 'INVITE'],
    ['a known one that we do not do', { method: 'SUBSCRIBE' }, 405, 'allow', 'BYE'],
    ['an unknown method in a dialog', { method: 'PUBLISH', toTag: 'x' }, 405, 'allow', 'INVITE'],
    ['an extension', { method: 'OPTIONS', headers: ['Require: foo, Bar'] }, 420, 'unsupported', 'foo'],
    ['Join', { method: 'INVITE', headers: ['Require: replaces, join'] }, 420, 'unsupported', 'join'],
    ['an unknown scheme', { method: 'OPTIONS', uri: 'soap.beep://x' }, 416, 'server', 'test'],
    ['a sip: URI that is none', { method: 'OPTIONS', uri: 'sip:2001:db8::10' }, 400, 'server', 'test'],
    ['no URI', { method: 'OPTIONS', uri: 'x' }, 400, 'server', 'test'],
    ['a stray BYE', { method: 'BYE', toTag: 'x' }, 481, 'server', 'test'],
    ['a stray re-INVITE', { method: 'INVITE', toTag: 'x' }, 481, 'server', 'test'],
    ['a stray CANCEL', { method: 'CANCEL' }, 481, 'server', 'test'],
  ])('%s: refused, once and without state', async (_what, text, status, header, value) => {
    const { peer, clock, userAgent, incoming } = await createStage()
    peer.request(text)
    expect(peer.statuses(text.method)).toEqual([status])
    expect(peer.lastResponse(text.method).headers.list(header)).toContain(value)
    expect(userAgent.load.transactions).toBe(0)
    clock.advance(60_000)
    expect(peer.statuses(text.method)).toEqual([status])
    expect([incoming.length, clock.pending]).toEqual([0, 0])
  })

  it('a CANCEL or an ACK is not asked what it requires', async () => {
    const { peer } = await createStage()
    peer.request({ method: 'CANCEL', headers: ['Require: foo'] })
    peer.request({ method: 'ACK', toTag: 'x', headers: ['Require: foo'] })
    expect(peer.heard).toHaveLength(1)
    expect(peer.statuses('CANCEL')).toEqual([481])
  })

  it('an unknown version gets 505, a malformed message 400, both without state', async () => {
    const { peer, clock, userAgent } = await createStage()
    peer.send(requestText({ method: 'OPTIONS' }).replace('SIP/2.0\r', 'SIP/3.0\r'))
    peer.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bK2' }).replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE'))
    expect(peer.heard.map(({ message }) => message.kind === 'response' && message.status)).toEqual([505, 400])
    expect([userAgent.counters.invalid, userAgent.load.transactions, clock.pending]).toEqual([2, 0, 0])
  })

  it('a To that ends with a semicolon gets its tag all the same', async () => {
    const { peer } = await createStage()
    peer.request({ method: 'PUBLISH', to: '<sip:a@b>;' })
    expect(peer.lastResponse('PUBLISH').headers.toTag).not.toBe('')
  })

  it('an INVITE of ours that comes back gets 482, wherever our Via stands; a later one is no loop', async () => {
    const { peer, clock, userAgent, incoming, flowToPeer } = await createStage()
    const invite = createRequest('INVITE', 'sip:a@10.0.0.2')
    invite.headers
      .append('from', '<sip:c@10.0.0.1>;tag=f')
      .append('to', '<sip:a@10.0.0.2>')
      .append('call-id', 'out')
      .append('cseq', '1 INVITE')
    userAgent.request(invite, flowToPeer(), { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} })
    clock.advance(0)
    const ours = peer.last('INVITE').headers.get('via')
    const proxy = (branch: string) => `SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${branch}`
    const back = (via: string, callId: string) => peer.request({ method: 'INVITE', via, callId, body: offerSdp })
    back(`${proxy('1')}, ${ours}`, 'out')
    back(`${proxy('2')}\r\nVia: ${proxy('3')}\r\nVia: ${ours}`, 'other')
    expect([peer.statuses('INVITE'), incoming]).toEqual([[482, 482], []])
    clock.advance(64_000)
    back(`${proxy('4')}, ${ours}`, 'late')
    expect(incoming).toHaveLength(1)
  })

  it('a merged INVITE gets 482', async () => {
    const { peer, incoming } = await createStage()
    peer.request({ method: 'INVITE', branch: 'z9hG4bK1' })
    peer.request({ method: 'INVITE', branch: 'z9hG4bK2' })
    expect([peer.statuses('INVITE'), incoming.length]).toEqual([[482], 1])
  })

  it.each([
    ['intmeth', 405],
    ['esc02', 405],
    ['mpart01', 405],
    ['unkscm', 416],
    ['novelsc', 416],
    ['bext01', 420],
    ['badvers', 505],
    ['mcl01', 400],
    ['zeromf', 200],
    ['semiuri', 200],
    ['badbranch', 200],
    ['transports', 200],
  ])('RFC 4475 %s: %d', async (name, status) => {
    const { peer } = await answering()
    peer.send(name === 'badvers' ? badvers() : throughPeer(name))
    const [first] = peer.heard
    expect(first?.message).toMatchObject({ kind: 'response', status })
  })

  it('unknown methods fill no table', async () => {
    const { peer, userAgent } = await createStage()
    for (const method of ['A', 'B', '__proto__', 'constructor']) peer.request({ method })
    expect(userAgent.counters.requests).toEqual({ other: 4 })
  })
})

describe('the way back', () => {
  it.each([
    ['rport asked for', 'SIP/2.0/UDP 192.0.2.9:7;branch=z9hG4bK1;rport', ';rport=5060;received=10.0.0.2'],
    ['sent-by lies', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1', ';received=10.0.0.2'],
    ['a name', 'SIP/2.0/UDP phone.invalid;branch=z9hG4bK1', ';received=10.0.0.2'],
    ['received lies', 'SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.9', ';received=10.0.0.2'],
  ])('%s: to the source', async (_what, via, suffix) => {
    const { peer } = await createStage()
    peer.request({ method: 'PUBLISH', via })
    expect(peer.lastResponse('PUBLISH').headers.get('via')).toBe(via.replace(/;rport|;received=.*/g, '') + suffix)
  })

  it('stamps the top Via of several, even behind quoted commas, and gives back all', async () => {
    const { peer } = await createStage()
    peer.request({ method: 'PUBLISH', via: 'SIP/2.0/UDP h;x="a,b";branch=z9hG4bK1 , SIP/2.0/TCP two;branch=z9hG4bK2' })
    expect(peer.lastResponse('PUBLISH').headers.get('via')).toBe(
      'SIP/2.0/UDP h;x="a,b";branch=z9hG4bK1;received=10.0.0.2 , SIP/2.0/TCP two;branch=z9hG4bK2',
    )
  })

  it('goes to the port of sent-by without rport, and never to another host', async () => {
    const stage = await createStage()
    const other = await stage.addPeer({ host: peerHost, port: 5099 })
    stage.peer.request({ method: 'PUBLISH', via: 'SIP/2.0/UDP 10.0.0.3:5099;branch=z9hG4bK1' })
    expect([stage.peer.heard.length, other.statuses('PUBLISH')]).toEqual([0, [405]])
  })

  it('is the connection that the request came over', async () => {
    const stage = await createStage()
    const tcp = stage.connect('10.0.0.4')
    tcp.request({ method: 'PUBLISH', via: 'SIP/2.0/TCP phone.invalid;branch=z9hG4bK1' })
    expect(tcp.statuses('PUBLISH')).toEqual([405])
  })
})

describe('requests of ours', () => {
  const silent = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} }

  it('go to numeric addresses, over the transport of the URI', async () => {
    const { userAgent } = await createStage()
    expect(userAgent.flowTo('sip:a@10.0.0.2')).toMatchObject({ transport: 'UDP', remote: { port: 5060 } })
    expect(userAgent.flowTo('sip:a@10.0.0.2:5070;transport=TCP')).toMatchObject({ transport: 'TCP' })
    expect(userAgent.flowTo('sip:a@10.0.0.2;transport=tls')).toMatchObject({ transport: 'TLS', remote: { port: 5061 } })
    // RFC 3261 §26.2.2: every hop by TLS, and no other transport will do.
    expect(userAgent.flowTo('sips:a@10.0.0.2')).toMatchObject({ transport: 'TLS', remote: { port: 5061 } })
    expect(userAgent.flowTo('sips:a@10.0.0.2:5070;transport=tcp')).toMatchObject({ transport: 'TLS' })
    for (const uri of [
      'sip:a@host',
      'tel:+44',
      'http://10.0.0.2',
      'x',
      'sip:10.0.0.2;transport=sctp',
      'sips:a@10.0.0.2;transport=udp',
      'sip:a@10.0.0.2;transport=ws',
    ])
      expect(userAgent.flowTo(uri), uri).toBeNull()
  })

  it('find names', async () => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', ['10.0.0.7'])
    const locate = (uri: string) => stage.userAgent.locate(uri)
    expect(await locate('sip:a@phone.example.com:5070')).toMatchObject({ remote: { host: '10.0.0.7', port: 5070 } })
    expect(await locate('sip:a@phone.example.com;transport=TCP')).toMatchObject({ transport: 'TCP' })
    expect(await locate('sip:a@nowhere.example.com')).toBeNull()
    expect(await locate('sips:a@phone.example.com')).toMatchObject({ transport: 'TLS', remote: { port: 5061 } })
    expect(await locate('sips:a@phone.example.com;transport=udp')).toBeNull()
  })

  it('fail at once over a connection that is gone, not after 32 s', async () => {
    const stage = await createStage()
    const tcp = stage.connect('10.0.0.4')
    tcp.request({ method: 'OPTIONS', via: 'SIP/2.0/TCP h;branch=z9hG4bK1' })
    const { flow } = present(stage.incoming[0])
    tcp.connection.destroy()
    stage.clock.advance(0)
    expect(stage.closedFlows).toEqual([flow])
    const told: string[] = []
    const { request } = present(stage.incoming[0])
    stage.userAgent.request(request, flow, { ...silent, onTransportError: () => told.push('transport error') })
    stage.clock.advance(0)
    expect(told).toEqual(['transport error'])
    expect(stage.userAgent.load.transactions).toBe(1)
    stage.userAgent.close()
    stage.clock.advance(0)
    expect(stage.clock.pending).toBe(0)
  })
})

describe('a fault above', () => {
  it('in the handling of a request is answered with 500 and goes no further', async () => {
    const stage = await createStage()
    stage.onRequest = () => fault()
    stage.peer.request({ method: 'INVITE' })
    expect(stage.peer.statuses('INVITE')).toEqual([500])
    expect(stage.faults).toMatchObject([{ message: 'a fault' }])
    stage.peer.request({ method: 'ACK', branch: 'z9hG4bK-INVITE', toTag: 'x' })
    stage.clock.advance(5_000)
    expect([stage.userAgent.load.transactions, stage.clock.pending]).toEqual([0, 0])
  })

  it('in a handler of a dialog ends that dialog with a BYE, and no other', async () => {
    const stage = await createStage()
    const ends: string[] = []
    const answer = (callId: string, onOffer: () => void) => {
      stage.peer.request({
        method: 'INVITE',
        callId,
        branch: `z9hG4bK${callId}`,
        body: offerSdp,
        headers: ['Contact: <sip:caller@10.0.0.2>'],
      })
      const invite = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
      const dialog = invite.accept('v=0', false, {
        onOffer,
        onAnswer: () => {},
        onEnded: end => ends.push(`${callId} ${end.cause}`),
      })
      stage.clock.advance(0)
      stage.peer.request({ method: 'ACK', callId, branch: `z9hG4bKack${callId}`, toTag: invite.localTag })
      return { dialog, localTag: invite.localTag }
    }
    const bad = answer('bad', () => fault())
    const good = answer('good', () => {})
    for (const [callId, { localTag }] of Object.entries({ bad, good }))
      stage.peer.request({
        method: 'INVITE',
        callId,
        branch: `z9hG4bKre${callId}`,
        toTag: localTag,
        sequence: 2,
        body: offerSdp,
      })
    expect(ends).toEqual(['bad fault'])
    expect(stage.peer.requests('BYE').map(({ headers }) => headers.callId)).toEqual(['bad'])
    expect(good.dialog.ended).toBe(false)
    expect(stage.faults).toHaveLength(1)
  })

  it('in a timer does not reach the clock', async () => {
    const stage = await createStage()
    const { request } = await oneRequest(stage)
    stage.userAgent.request(request, stage.flowToPeer(), {
      onResponse: () => {},
      onTransportError: () => {},
      onTimeout: () => fault(),
    })
    stage.clock.advance(32_000)
    expect(stage.faults).toMatchObject([{ message: 'a fault' }])
    expect(stage.userAgent.load.transactions).toBe(0)
  })

  it('when a connection ends does not reach the network', async () => {
    const stage = await createStage()
    stage.closedFlows.push = () => fault()
    const tcp = stage.connect('10.0.0.4')
    tcp.connection.destroy()
    stage.clock.advance(0)
    expect(stage.faults).toMatchObject([{ message: 'a fault' }])
  })
})

it('ends with nothing armed', async () => {
  const stage = await createStage()
  stage.peer.request({ method: 'INVITE' })
  const { request } = present(stage.incoming[0])
  stage.userAgent.request(request, stage.flowToPeer(), {
    onResponse: () => {},
    onTimeout: () => {},
    onTransportError: () => {},
  })
  stage.userAgent.close()
  stage.clock.advance(0)
  expect([stage.userAgent.load, stage.clock.pending]).toEqual([{ dialogs: 0, transactions: 0 }, 0])
})

it.each([
  ['10.0.0.2', true],
  ['::1', true],
  ['host', false],
  ['10', false],
  ['1.2.3.4.example', false],
])('%s is numeric: %s', (host, numeric) => {
  expect(isNumericHost(host)).toBe(numeric)
})

async function answering() {
  const stage = await createStage()
  stage.onRequest = incoming => {
    stage.incoming.push(incoming)
    if (incoming.request.method === 'OPTIONS') stage.userAgent.answerOptions(incoming)
  }
  return { ...stage, onlyOptions: () => stage.incoming.every(({ request }) => request.method === 'OPTIONS') }
}

function badvers(): Buffer {
  return Buffer.from(torture('badvers').toString().replace('c.example.com', '10.0.0.2;rport'))
}

async function oneRequest(stage: Awaited<ReturnType<typeof createStage>>) {
  stage.peer.request({ method: 'OPTIONS' })
  const incoming = present(stage.incoming[0])
  stage.userAgent.answerOptions(incoming)
  stage.clock.advance(32_000)
  return incoming
}

function fault(): never {
  throw new Error('a fault')
}
