/** Our registration at a carrier, against a registrar that says exactly what a test makes it say. */
import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import type { SipRequest } from '../sip/index.ts'
import { type ConnectedPeer, createStage, present } from '../sip/testing/stage.ts'
import { DigestVerifier, digestSecret } from '../sip/user-agent/digest.ts'
import { TrunkLines } from './trunk-lines.ts'
import { TrunkRegistrations } from './trunk-registrations.ts'

const trunk = {
  id: 'carrier',
  host: '10.0.0.2',
  username: 'me',
  password: 'secret',
  realm: 'carrier',
  register: { expiresSec: 600 },
}

async function setUp(changes: Record<string, unknown> = {}) {
  const stage = await createStage()
  const { userAgent } = stage
  const { logger } = userAgent.options
  const lines = new TrunkLines({ userAgent, logger })
  const events: unknown[] = []
  const registrations = new TrunkRegistrations({
    userAgent,
    logger,
    lines,
    onEvent: (type, data) => events.push([type, data]),
  })
  const configure = (trunks: readonly Record<string, unknown>[]) => {
    const center = parseCenter({ trunks })
    const passwords = Object.fromEntries(center.trunks.map(({ id, password }) => [id, password ?? '']))
    lines.configure(center.trunks, passwords, center.sip)
    registrations.configure()
    stage.clock.advance(0)
  }
  const server = new DigestVerifier({
    realm: 'carrier',
    algorithms: ['MD5'],
    nonceTtlMs: 60_000,
    key: new Uint8Array(32),
    now: () => stage.clock.now(),
  })
  const last = () => stage.peer.last('REGISTER')
  const answer = (status: number, headers: readonly string[] = []) =>
    stage.peer.respond(last(), status, { toTag: 'r', headers })
  const challenge = (stale = false) =>
    answer(
      401,
      server.challenges(stale, '10.0.0.1').map(value => `WWW-Authenticate: ${value}`),
    )
  const isGood = (request: SipRequest) => server.verify(request, () => digestSecret('me', 'carrier', 'secret')).ok
  const own = () =>
    last()
      .headers.get('contact')
      ?.replace(/;expires=.*/, '') ?? ''
  configure([{ ...trunk, ...changes }])
  return { ...stage, registrations, events, configure, last, answer, challenge, isGood, own }
}

describe('a registration', () => {
  it('answers the challenge, and is told once', async () => {
    const { answer, challenge, isGood, last, own, events, registrations } = await setUp()
    expect(last().uri).toBe('sip:10.0.0.2')
    expect(last().headers.get('to')).toBe('<sip:me@10.0.0.2>')
    expect(last().headers.has('authorization')).toBe(false)
    challenge()
    expect(isGood(last())).toBe(true)
    expect(last().headers.cseq?.number).toBe(2)
    expect(own()).toBe('<sip:me@10.0.0.1:5060>')
    answer(200, [`Contact: ${own()};expires=600`])
    expect(registrations.states).toMatchObject([{ trunkId: 'carrier', registered: true }])
    expect(events).toEqual([['trunk.registered', { trunkId: 'carrier', expiresSec: 600 }]])
  })

  it('is refreshed well before it runs out, in the same call', async () => {
    const { answer, own, last, clock, peer, events } = await setUp()
    // Others are registered there as well: what counts is our contact.
    answer(200, [`Contact: <sip:other@10.0.0.7>;expires=9000, ${own()};expires=100`])
    const callId = last().headers.callId
    clock.advance(60_000)
    expect(peer.requests('REGISTER')).toHaveLength(1)
    clock.advance(35_000)
    expect(last().headers.cseq?.number).toBe(2)
    expect(last().headers.callId).toBe(callId)
    answer(200, [`Contact: ${own()};expires=100`])
    expect(events).toHaveLength(1)
  })

  it('takes the interval that a 423 asks for', async () => {
    const { answer, last } = await setUp()
    answer(423, ['Min-Expires: 1800'])
    expect(last().headers.get('expires')).toBe('1800')
    expect(last().headers.get('contact')).toContain(';expires=1800')
  })

  it('signs again when the nonce was stale, and gives up on a wrong password', async () => {
    const { challenge, isGood, last, peer, events, clock } = await setUp()
    challenge()
    challenge(true)
    expect(last().headers.cseq?.number).toBe(3)
    expect(isGood(last())).toBe(true)
    challenge()
    expect(peer.requests('REGISTER')).toHaveLength(3)
    expect(events).toEqual([['trunk.unregistered', { trunkId: 'carrier', reason: 'unauthorized', sipCode: 401 }]])
    clock.advance(1_990)
    expect(new Set(peer.requests('REGISTER').map(({ headers }) => headers.cseq?.number)).size).toBe(4)
  })

  it('answers no other realm', async () => {
    const { answer, peer, events } = await setUp()
    answer(401, ['WWW-Authenticate: Digest realm="thief", nonce="n", qop="auth"'])
    expect(peer.requests('REGISTER')).toHaveLength(1)
    expect(events).toHaveLength(1)
  })

  it('is tried again with growing patience, and told on the edges only', async () => {
    const { answer, own, clock, peer, events, registrations } = await setUp()
    const gaps: number[] = []
    let before = clock.now()
    for (let i = 0; i < 10; i++) {
      const count = peer.requests('REGISTER').length
      answer(500)
      while (peer.requests('REGISTER').length === count) clock.advance(1_000)
      gaps.push(clock.now() - before)
      before = clock.now()
    }
    expect(gaps[0]).toBeLessThanOrEqual(2_000)
    expect(gaps.at(-1)).toBeGreaterThan(150_000)
    expect(gaps.at(-1)).toBeLessThanOrEqual(301_000)
    expect(events).toEqual([['trunk.unregistered', { trunkId: 'carrier', reason: 'refused', sipCode: 500 }]])
    answer(200, [`Contact: ${own()};expires=600`])
    expect(events).toHaveLength(2)
    expect(registrations.states[0]).toMatchObject({ registered: true, reason: null })
  })

  it.each([500, 503])('waits for as long as a %i asks, but an hour at most', async status => {
    const { answer, clock, peer } = await setUp()
    // Without the copies.
    const tries = () => new Set(peer.requests('REGISTER').map(({ headers }) => headers.cseq?.number)).size
    answer(status, ['Retry-After: 900'])
    clock.advance(899_000)
    expect(tries()).toBe(1)
    clock.advance(2_000)
    expect(tries()).toBe(2)
    answer(status, ['Retry-After: 4294967295'])
    clock.advance(3_590_000)
    expect(tries()).toBe(2)
    clock.advance(10_000)
    expect(tries()).toBe(3)
  })

  it('is taken back when the trunk goes, and begun anew when it changes', async () => {
    const { answer, challenge, own, configure, last, registrations, peer, clock } = await setUp()
    answer(200, [`Contact: ${own()};expires=600`])
    configure([trunk])
    expect(peer.requests('REGISTER')).toHaveLength(1)
    configure([{ ...trunk, register: { expiresSec: 600, user: 'dept' } }])
    const [, taken, begun] = peer.requests('REGISTER')
    expect(taken?.headers.get('expires')).toBe('0')
    expect(begun?.headers.get('contact')).toContain('<sip:dept@10.0.0.1:5060>')
    configure([])
    expect(registrations.states).toEqual([])
    // It had not been registered: there is nothing to take back.
    expect(peer.requests('REGISTER')).toHaveLength(3)
    challenge()
    expect(last().headers.get('expires')).toBe('600')
    clock.advance(600_000)
    expect(clock.pending).toBe(0)
  })

  it('is not taken back when the next one renews it: that could come last, and nobody would notice for an hour', async () => {
    const { answer, own, configure, last, peer, isGood, challenge } = await setUp()
    answer(200, [`Contact: ${own()};expires=600`])
    const { callId } = last().headers
    configure([{ ...trunk, password: 'wrong', register: { expiresSec: 300 } }])
    configure([{ ...trunk, register: { expiresSec: 300 } }])
    expect(peer.requests('REGISTER').map(({ headers }) => headers.get('expires'))).toEqual(['600', '300', '300'])
    expect(last().headers.callId).not.toBe(callId)
    challenge()
    expect(isGood(last())).toBe(true)
  })
})

describe('a registration of a center that does not listen by TCP', () => {
  async function setUpConnected() {
    const stage = await createStage({ listen: ['UDP'] })
    const registrar = await stage.listenAt({ host: '10.0.0.2', port: 5060 })
    const { userAgent, clock } = stage
    const { logger } = userAgent.options
    const lines = new TrunkLines({ userAgent, logger })
    const registrations = new TrunkRegistrations({ userAgent, logger, lines, onEvent: () => {} })
    const center = parseCenter({ trunks: [{ ...trunk, transport: 'tcp' }] })
    lines.configure(center.trunks, { carrier: 'secret' }, center.sip)
    registrations.configure()
    clock.advance(0)
    const newest = () => present(registrar.at(-1))
    const contacts = () => newest().last('REGISTER').headers.fields('contact')
    const ownOf = ({ connection }: ConnectedPeer) => `<sip:me@10.0.0.1:${connection.remote.port};transport=tcp>`
    const answer = (status: number) => newest().respond(newest().last('REGISTER'), status, { toTag: 'r' })
    /** The registrar has hung up, and been connected to again. */
    const renewed = () => {
      const lost = newest()
      lost.connection.destroy()
      clock.advance(0)
      for (const flow of stage.closedFlows.splice(0)) registrations.flowClosed(flow)
      clock.advance(2_000)
      return [ownOf(lost), ownOf(newest())] as const
    }
    return { ...stage, registrations, newest, contacts, ownOf, answer, renewed }
  }

  it('names the connection that it goes by, and in place of one that is gone the next', async () => {
    const { newest, contacts, ownOf, answer, renewed, clock } = await setUpConnected()
    expect(contacts()).toEqual([`${ownOf(newest())};expires=600`])
    answer(200)
    const [lost, own] = renewed()
    expect(lost).not.toBe(own)
    expect(contacts()).toEqual([`${own};expires=600`, `${lost};expires=0`])
    answer(200)
    newest().forget()
    clock.advance(600_000)
    expect(contacts()).toEqual([`${own};expires=600`])
  })

  it('leaves the old contact to its end if the registrar takes no two at once', async () => {
    const { contacts, answer, renewed, clock, newest } = await setUpConnected()
    answer(200)
    const [, own] = renewed()
    answer(400)
    newest().forget()
    clock.advance(4_000)
    expect(contacts()).toEqual([`${own};expires=600`])
  })
})

it('goes over the outbound proxy', async () => {
  const { last } = await setUp({ host: 'carrier.example', proxy: '10.0.0.2' })
  expect(last().uri).toBe('sip:carrier.example')
  expect(last().headers.get('route')).toBe('<sip:10.0.0.2;lr>')
})

it('goes to the next server when one is silent', async () => {
  const stage = await createStage()
  const { userAgent, network, clock } = stage
  network.zone.setSrv('_sip._udp.carrier.example', [
    { name: 'a.carrier.example', port: 5060, priority: 10, weight: 0 },
    { name: 'b.carrier.example', port: 5060, priority: 20, weight: 0 },
  ])
  network.setAddresses('a.carrier.example', ['10.0.0.8'])
  network.setAddresses('b.carrier.example', ['10.0.0.2'])
  const { logger } = userAgent.options
  const lines = new TrunkLines({ userAgent, logger })
  const registrations = new TrunkRegistrations({ userAgent, logger, lines, onEvent: () => {} })
  const center = parseCenter({ trunks: [{ ...trunk, host: 'carrier.example' }] })
  lines.configure(center.trunks, { carrier: 'secret' }, center.sip)
  registrations.configure()
  await clock.advanceAsync(3_000)
  stage.peer.respond(stage.peer.last('REGISTER'), 200, { toTag: 'r' })
  expect(registrations.states[0]?.registered).toBe(true)
  registrations.stop()
})
