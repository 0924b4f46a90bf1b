/** An INVITE to several servers: which one is tried next and when, and that CANCEL, ACK and credentials stay with theirs. */
import { describe, expect, it } from 'vitest'
import type { Target } from '../location/selection.ts'
import { createStage, ownHost, type Peer } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import { DigestVerifier, digestSecret } from './digest.ts'
import { DigestClient } from './digest-client.ts'
import type { InviteDialog } from './invite-dialog.ts'
import { RoutedInvite } from './routed-invite.ts'
import { waysToServers } from './way.ts'

const hosts = ['10.0.0.2', '10.0.0.3', '10.0.0.4']
const target = (host: string, transport: Target['transport'] = 'UDP'): Target => ({
  transport,
  host,
  port: 5060,
  serverName: host,
})

async function setUp(targets: readonly Target[] = hosts.map(host => target(host))) {
  const stage = await createStage()
  const others = await Promise.all(hosts.slice(1).map(host => stage.addPeer({ host, port: 5060 })))
  const peers: readonly Peer[] = [stage.peer, ...others]
  const peer = (index: number) => peers[index] as Peer
  const events: string[] = []
  const dialogs: InviteDialog[] = []
  const foreign: string[] = []
  const digest = new DigestClient({
    account: { username: 'me', password: 'secret', realm: 'carrier' },
    newNonce: () => 'cnonce',
    onForeignRealm: realm => foreign.push(realm),
  })
  const client = new RoutedInvite(
    stage.userAgent,
    {
      uri: 'sip:+441@carrier.example',
      from: '<sip:me@carrier.example>',
      to: '<sip:+441@carrier.example>',
      callId: 'call-9',
      pinned: false,
      headers: [],
      maxForwards: 69,
      sdp: offerSdp,
      route: {
        ways: waysToServers(stage.userAgent, targets),
        failoverMs: 3_000,
        authorizer: { digest, trusts: () => true },
      },
    },
    {
      onProgress: ({ status }) => events.push(String(status)),
      onAccepted: dialog => {
        events.push('accepted')
        dialogs.push(dialog)
      },
      onFailed: (status, response) => events.push(`failed ${status}${response === null ? ' unheard' : ''}`),
      dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
    },
  )
  stage.clock.advance(0)
  const answer = (index: number, status: number, headers: readonly string[] = []) =>
    peer(index).respond(peer(index).last('INVITE'), status, {
      toTag: `tag${index}`,
      headers: ['Contact: <sip:far@10.0.0.9>', ...headers],
      ...(status >= 200 && status < 300 ? { body: answerSdp } : {}),
    })
  const invites = () => peers.map(each => new Set(each.requests('INVITE').map(it => it.headers.via?.branch)).size)
  const dead = () => stage.userAgent.location.dead.map(({ host }) => host)
  return { ...stage, peer, client, answer, invites, dead, events, dialogs, foreign }
}

describe('the next server is tried', () => {
  it('after three seconds of silence, with a new branch and all else the same', async () => {
    const { clock, invites, peer, answer, events, dead } = await setUp()
    clock.advance(2_999)
    expect(invites()).toEqual([1, 0, 0])
    clock.advance(1)
    expect(invites()).toEqual([1, 1, 0])
    const [first, second] = [peer(0).last('INVITE').headers, peer(1).last('INVITE').headers]
    expect(second.via?.branch).not.toBe(first.via?.branch)
    for (const name of ['from', 'to', 'call-id', 'cseq']) expect(second.get(name)).toBe(first.get(name))
    answer(1, 180)
    answer(1, 200)
    expect(events).toEqual(['180', 'accepted'])
    expect(dead()).toEqual(['10.0.0.2'])
  })

  it('after a 430, which says nothing against the server (RFC 5626 §11.5)', async () => {
    const { invites, answer, events, dead } = await setUp()
    answer(0, 430)
    expect(invites()).toEqual([1, 1, 0])
    answer(1, 200)
    expect(events).toEqual(['accepted'])
    expect(dead()).toEqual([])
  })

  it('after a 503, which is acknowledged where it came from, and kept to its Retry-After', async () => {
    const { clock, invites, peer, answer, events, dead } = await setUp()
    answer(0, 503, ['Retry-After: 90'])
    expect(peer(0).requests('ACK')).toHaveLength(1)
    expect(invites()).toEqual([1, 1, 0])
    expect(peer(1).requests('ACK')).toHaveLength(0)
    answer(1, 503)
    answer(2, 486)
    expect(events).toEqual(['failed 486'])
    expect(dead()).toEqual(['10.0.0.2', '10.0.0.3'])
    clock.advance(30_000)
    expect(peer(0).requests('OPTIONS')).toHaveLength(0)
    expect(peer(1).requests('OPTIONS')).not.toHaveLength(0)
  })

  it('after a transport error', async () => {
    const { clock, invites, dead } = await setUp([target('10.0.0.7', 'TCP'), target('10.0.0.3')])
    clock.advance(100)
    expect(invites()).toEqual([0, 1, 0])
    expect(dead()).toEqual(['10.0.0.7'])
  })

  it('but not after a first sign of life, nor after any other refusal', async () => {
    const { clock, invites, answer, events, dead } = await setUp()
    answer(0, 100)
    clock.advance(20_000)
    expect(invites()).toEqual([1, 0, 0])
    answer(0, 500)
    expect(events).toEqual(['failed 500'])
    expect(invites()).toEqual([1, 0, 0])
    expect(dead()).toEqual([])
  })
})

it('fails when no server is left, within Timer B of the last one', async () => {
  const { clock, events, invites } = await setUp()
  clock.advance(6_000)
  expect(invites()).toEqual([1, 1, 1])
  expect(events).toEqual([])
  clock.advance(32_000)
  expect(events).toEqual(['failed 408 unheard'])
})

it('fails at once, though not before it is returned, when there is nowhere to go', async () => {
  const { events } = await setUp([])
  expect(events).toEqual(['failed 503 unheard'])
})

it('cancels where the call is under way, and a server that wakes up late as well', async () => {
  const { clock, client, answer, peer, events } = await setUp()
  clock.advance(3_000)
  answer(1, 180)
  // The first one has slept; its call is not wanted any more.
  answer(0, 180)
  expect(peer(0).requests('CANCEL')).toHaveLength(1)
  expect(peer(1).requests('CANCEL')).toHaveLength(0)
  client.cancel()
  clock.advance(0)
  expect(peer(1).requests('CANCEL')).toHaveLength(1)
  expect(peer(1).last('CANCEL').headers.via?.branch).toBe(peer(1).last('INVITE').headers.via?.branch)
  expect(peer(2).heard).toHaveLength(0)
  answer(1, 487)
  expect(events).toEqual(['180'])
})

it('ends a call that the slow server answers after all', async () => {
  const { clock, answer, peer, events, dialogs } = await setUp()
  clock.advance(3_000)
  answer(1, 200)
  peer(0).respond(peer(0).last('INVITE'), 200, {
    toTag: 'late',
    headers: ['Contact: <sip:f@10.0.0.2>'],
    body: answerSdp,
  })
  clock.advance(0)
  expect(events).toEqual(['accepted'])
  expect(dialogs).toHaveLength(1)
  expect(peer(0).requests('ACK')).toHaveLength(1)
  expect(peer(0).requests('BYE')).toHaveLength(1)
})

describe('a challenge', () => {
  const verifier = (realm: string) =>
    new DigestVerifier({
      realm,
      algorithms: ['SHA-256', 'MD5'],
      nonceTtlMs: 60_000,
      key: new Uint8Array(32),
      now: () => 1,
    })

  it.each([
    [401, 'WWW-Authenticate'],
    [407, 'Proxy-Authenticate'],
  ])('%i of the realm is answered once, in the same call', async (status, header) => {
    const { answer, peer, events, clock } = await setUp()
    const server = verifier('carrier')
    answer(
      0,
      status,
      server.challenges(false).map(value => `${header}: ${value}`),
    )
    clock.advance(0)
    const request = peer(0).last('INVITE')
    expect(request.headers.cseq?.number).toBe(2)
    expect(request.headers.fromTag).toBe(peer(0).requests('INVITE')[0]?.headers.fromTag)
    const name = status === 401 ? 'authorization' : 'proxy-authorization'
    const value = request.headers.get(name) ?? ''
    expect(value).toContain('algorithm=SHA-256')
    if (name !== 'authorization') request.headers.append('authorization', value)
    expect(server.verify(request, () => digestSecret('me', 'carrier', 'secret'))).toMatchObject({ ok: true })
    // The same challenge again: the password is wrong, and not sent a second time.
    answer(
      0,
      status,
      server.challenges(false).map(each => `${header}: ${each}`),
    )
    expect(events).toEqual([`failed ${status}`])
    expect(peer(0).requests('ACK')).toHaveLength(2)
  })

  it('with stale=true is answered again', async () => {
    const { answer, peer, events } = await setUp()
    const server = verifier('carrier')
    answer(
      0,
      401,
      server.challenges(false).map(value => `WWW-Authenticate: ${value}`),
    )
    answer(
      0,
      401,
      server.challenges(true).map(value => `WWW-Authenticate: ${value}`),
    )
    answer(0, 200)
    expect(peer(0).last('INVITE').headers.cseq?.number).toBe(3)
    expect(events).toEqual(['accepted'])
  })

  it('of another realm gets nothing', async () => {
    const { answer, peer, events, foreign } = await setUp()
    answer(
      0,
      407,
      verifier('thief')
        .challenges(false)
        .map(value => `Proxy-Authenticate: ${value}`),
    )
    expect(events).toEqual(['failed 407'])
    expect(foreign).toContain('thief')
    expect(peer(0).requests('INVITE')).toHaveLength(1)
  })
})

it('is sent from us', async () => {
  const { peer } = await setUp()
  expect(peer(0).last('INVITE').headers.via?.host).toBe(ownHost)
})
