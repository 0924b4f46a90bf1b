/** A carrier that challenges our requests within a call: what is answered, how often, and what is not (RFC 3261 §22). */
import { describe, expect, it } from 'vitest'
import { called, nothingLeft } from '../testing/confirmed-call.ts'
import { createStage } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import { DigestVerifier, digestSecret } from './digest.ts'
import { DigestClient } from './digest-client.ts'
import { InviteClient } from './invite-client.ts'
import type { DialogEnd, InviteDialog } from './invite-dialog.ts'

const session = { sessionExpiresSec: 1800, minSessionExpiresSec: 90 }

async function calling(options: { password?: string; contact?: string; updates?: boolean } = {}) {
  const stage = await createStage({ session })
  const { peer, clock } = stage
  const server = new DigestVerifier({
    realm: 'carrier',
    algorithms: ['SHA-256', 'MD5'],
    nonceTtlMs: 3_600_000,
    key: new Uint8Array(32),
    now: () => clock.now(),
  })
  const digest = new DigestClient({
    account: { username: 'me', password: options.password ?? 'secret', realm: 'carrier' },
    newNonce: () => 'cnonce',
    onForeignRealm: () => {},
  })
  const dialogs: InviteDialog[] = []
  const ends: DialogEnd[] = []
  const client = new InviteClient(
    stage.userAgent,
    {
      uri: 'sip:+441@10.0.0.2',
      from: '<sip:me@10.0.0.1>',
      to: '<sip:+441@10.0.0.2>',
      callId: 'call-3',
      flow: stage.flowToPeer(),
      pinned: false,
      headers: [],
      maxForwards: 70,
      sdp: offerSdp,
      authorizer: { digest, trusts: flow => flow.remote.host === '10.0.0.2' },
    },
    {
      onProgress: () => {},
      onAccepted: dialog => dialogs.push(dialog),
      onFailed: () => {},
      dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: end => ends.push(end) },
    },
  )
  clock.advance(0)
  const contact = `Contact: <${options.contact ?? 'sip:far@10.0.0.2'}>`
  const allow = options.updates === true ? ['Allow: INVITE, UPDATE'] : []
  const accept = (method = 'INVITE') =>
    peer.respond(peer.last(method), 200, { toTag: 'far', body: answerSdp, headers: [contact, ...allow] })
  const challenge = (method: string, { status = 401, stale = false, realm = 'carrier' } = {}) => {
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate'
    const headers = server.challenges(stale).map(value => `${name}: ${value.replace('"carrier"', `"${realm}"`)}`)
    peer.respond(peer.last(method), status, { toTag: 'far', headers })
  }
  const verdict = (method: string) =>
    server.verify(peer.last(method), user => (user === 'me' ? digestSecret('me', 'carrier', 'secret') : null))
  const dialog = () => {
    const [first] = dialogs
    if (first === undefined) throw new Error('not answered')
    return first
  }
  const settle = (_value: unknown) => void clock.advance(0)
  const over = () => {
    clock.advance(200_000)
    return { ...stage.userAgent.load, pending: clock.pending }
  }
  return { ...stage, server, client, dialog, ends, accept, challenge, verdict, settle, over }
}

type Setup = Awaited<ReturnType<typeof calling>>

const requests: readonly (readonly [method: string, ask: (call: Setup) => void])[] = [
  ['INVITE', ({ dialog }) => dialog().reinvite(() => 'v=1', { onAnswer: () => {}, onRefused: () => {} })],
  ['UPDATE', ({ clock }) => void clock.advance(900_000)],
  ['INFO', ({ dialog }) => dialog().info('application/dtmf-relay', 'Signal=5')],
  ['OPTIONS', ({ dialog }) => dialog().ping(() => {})],
  ['BYE', ({ dialog }) => dialog().bye({ reason: 'Q.850;cause=16' })],
]

describe.each(requests)('a challenged %s', (method, ask) => {
  it.each([401, 407])('is sent again with credentials after a %d, and is else the same', async status => {
    const call = await calling({ updates: method === 'UPDATE' })
    call.accept()
    call.peer.forget()
    call.settle(ask(call))
    const first = call.peer.last(method)
    call.challenge(method, { status })
    const [, second] = call.peer.requests(method)
    expect(call.peer.requests(method)).toHaveLength(2)
    expect(second?.headers.cseq?.number).toBe((first.headers.cseq?.number ?? 0) + 1)
    expect(second?.headers.via?.branch).not.toBe(first.headers.via?.branch)
    const kept = ['from', 'to', 'call-id', 'contact', 'content-type', 'reason', 'session-expires', 'max-forwards']
    for (const name of kept) expect(second?.headers.fields(name)).toEqual(first.headers.fields(name))
    expect(second?.body).toEqual(first.body)
    if (status === 401) expect(call.verdict(method)).toMatchObject({ ok: true })
    else expect(second?.headers.get('proxy-authorization')).toContain('nc=00000001')
    // Who was answered once needs no second question in this call, and sees another nonce count.
    if (method === 'BYE') return
    call.accept(method)
    call.settle(call.dialog().bye())
    expect(call.peer.requests('BYE')).toHaveLength(1)
    const name = status === 401 ? 'authorization' : 'proxy-authorization'
    expect(call.peer.last('BYE').headers.get(name)).toContain('nc=00000002')
    if (status === 401) expect(call.verdict('BYE')).toMatchObject({ ok: true })
    call.peer.respond(call.peer.last('BYE'), 200)
    expect(call.over()).toEqual(nothingLeft)
  })
})

it('a challenged PRACK is sent again, in the early dialog', async () => {
  const { peer, challenge, verdict } = await calling()
  peer.respond(peer.last('INVITE'), 183, {
    toTag: 'far',
    headers: ['Contact: <sip:far@10.0.0.2>', 'Require: 100rel', 'RSeq: 7'],
  })
  challenge('PRACK')
  expect(peer.requests('PRACK').map(({ headers }) => headers.get('rack'))).toEqual(['7 1 INVITE', '7 1 INVITE'])
  expect(verdict('PRACK')).toMatchObject({ ok: true })
})

it('the ACK to a 2xx repeats the credentials of its INVITE', async () => {
  const { peer, challenge, accept, dialog, settle } = await calling()
  challenge('INVITE')
  accept()
  const sent = () => peer.last('INVITE').headers.get('authorization')
  expect(peer.last('ACK').headers.get('authorization')).toBe(sent())
  settle(dialog().reinvite(() => 'v=1', { onAnswer: () => {}, onRefused: () => {} }))
  accept()
  expect(sent()).toContain('nc=00000002')
  expect(peer.last('ACK').headers.get('authorization')).toBe(sent())
})

describe('there is no endless loop', () => {
  const refused = async (password: string, stale: boolean) => {
    const { peer, accept, dialog, settle, challenge } = await calling({ password })
    accept()
    peer.forget()
    const told: number[] = []
    settle(dialog().reinvite(() => 'v=1', { onAnswer: () => {}, onRefused: status => told.push(status) }))
    while (told.length === 0) challenge('INVITE', { stale })
    return { told, tries: peer.requests('INVITE').length, acks: peer.requests('ACK').length }
  }

  it('with a wrong password: one try', async () => {
    expect(await refused('guess', false)).toEqual({ told: [401], tries: 2, acks: 2 })
  })

  it('with a carrier that calls every nonce stale: three tries', async () => {
    expect(await refused('secret', true)).toEqual({ told: [401], tries: 4, acks: 4 })
  })

  it('nor before the answer', async () => {
    const { peer, challenge } = await calling()
    for (let round = 0; round < 6; round++) challenge('INVITE', { stale: true })
    expect(peer.requests('INVITE')).toHaveLength(4)
  })

  it('and a BYE that is never taken ends the dialog all the same', async () => {
    const { accept, dialog, settle, challenge, over } = await calling()
    accept()
    settle(dialog().bye())
    for (let round = 0; round < 6; round++) challenge('BYE', { stale: true })
    expect(over()).toEqual(nothingLeft)
  })
})

it('a nonce that was used up without a word of stale is answered once more', async () => {
  const { clock, peer, accept, challenge, dialog, settle, verdict } = await calling()
  challenge('INVITE')
  accept()
  clock.advance(1_000)
  settle(dialog().bye())
  challenge('BYE')
  expect(peer.requests('BYE')).toHaveLength(2)
  expect(verdict('BYE')).toMatchObject({ ok: true })
})

describe('no credentials go', () => {
  it('to another realm', async () => {
    const { accept, dialog, settle, challenge, peer } = await calling()
    accept()
    settle(dialog().bye())
    challenge('BYE', { realm: 'thief' })
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it('to a phone to which the carrier has led our requests, asked or unasked', async () => {
    const { addPeer, accept, challenge, dialog, settle, server } = await calling({ contact: 'sip:far@10.0.0.9' })
    const phone = await addPeer({ host: '10.0.0.9', port: 5060 })
    challenge('INVITE')
    accept()
    settle(dialog().bye())
    expect(phone.last('BYE').headers.has('authorization')).toBe(false)
    phone.respond(phone.last('BYE'), 401, { headers: [`WWW-Authenticate: ${server.challenges(false)[0]}`] })
    expect(phone.requests('BYE')).toHaveLength(1)
  })

  it('within a call that came to us: nobody proved there who he is', async () => {
    const { dialog, peer, settle } = await called()
    settle(dialog.bye())
    peer.respond(peer.last('BYE'), 401, { headers: ['WWW-Authenticate: Digest realm="carrier", nonce="n"'] })
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it('with a request that the end of the call has overtaken', async () => {
    const { accept, dialog, settle, challenge, peer } = await calling()
    accept()
    settle(dialog().info('application/dtmf-relay', 'Signal=5'))
    settle(dialog().bye())
    challenge('INFO')
    expect(peer.requests('INFO')).toHaveLength(1)
  })

  it('with a CANCEL, which nobody may challenge (§22.1): it is not sent again, and the call is over', async () => {
    const { peer, client, settle, challenge, over } = await calling()
    peer.respond(peer.last('INVITE'), 180, { toTag: 'far' })
    settle(client.cancel())
    challenge('CANCEL')
    expect(peer.requests('CANCEL')).toHaveLength(1)
    expect(over()).toEqual(nothingLeft)
  })
})
