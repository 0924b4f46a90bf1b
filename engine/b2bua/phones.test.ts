/** The agents' phones: fixed contacts, registrations, and the keep-alive of the ones behind NAT. */
import { describe, expect, it } from 'vitest'
import type { AgentConfig } from '../config.ts'
import { RoutedInvite } from '../sip/index.ts'
import { createStage, peerHost, present } from '../sip/testing/stage.ts'
import { offerSdp, request } from '../sip/testing/wire.ts'
import { Phones } from './phones.ts'

function agent(id: string, change: Partial<AgentConfig> = {}): AgentConfig {
  return {
    id,
    name: id,
    queues: [],
    skills: {},
    alwaysAvailable: false,
    nat: false,
    autoAnswer: 'none',
    zipTone: false,
    devices: [],
    ring: 'acting',
    ...change,
  }
}

async function setUp(...agents: AgentConfig[]) {
  const stage = await createStage()
  const reports: string[] = []
  const phones = new Phones({
    userAgent: stage.userAgent,
    clock: stage.clock,
    logger: stage.userAgent.options.logger,
    onChange: (agentId, reachable, devices) =>
      reports.push(`${agentId} ${reachable ? 'reachable' : 'gone'} ${devices.join(' ')}`.trim()),
  })
  phones.configure(agents)
  let sequence = 0
  const register = (
    agentId: string,
    contact: string,
    flow = stage.flowToPeer(),
    expiresSec = 3600,
    params = '',
    more: readonly string[] = [],
  ) =>
    phones.registrar.register(
      agentId,
      request({
        method: 'REGISTER',
        callId: agentId,
        sequence: ++sequence,
        headers: [`Contact: <${contact}>;expires=${expiresSec}${params}`, ...more],
      }),
      flow,
    ).status
  return { ...stage, phones, reports, register }
}

const device = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'

describe('an agent is rung', () => {
  it('once by a device that has registered by several ways, the newest of them (RFC 5626 §7)', async () => {
    const { phones, register, flowToPeer } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1', flowToPeer(), 3600, `${device};reg-id=1`)
    register('ada', 'sip:ada@192.168.0.2', flowToPeer(), 3600, `${device};reg-id=2`)
    register('ada', 'sip:ada@192.168.0.3')
    register('ada', 'sip:ada@192.168.0.4')
    const rung = ['sip:ada@192.168.0.4', 'sip:ada@192.168.0.3', 'sip:ada@192.168.0.2']
    expect(phones.phonesOf('ada').map(({ uri }) => uri)).toEqual(rung)
  })

  it('nowhere without contact and registration', async () => {
    const { phones, reports } = await setUp(agent('ada'))
    expect([phones.phoneOf('ada'), phones.phoneOf('nobody'), reports]).toEqual([null, null, ['ada gone']])
  })

  it('at the fixed contact, whatever is registered', async () => {
    const { phones, register } = await setUp(agent('ada', { contact: 'sip:ada@10.0.0.5:5090' }))
    register('ada', 'sip:ada@10.0.0.2')
    expect(phones.phoneOf('ada')).toMatchObject({
      uri: 'sip:ada@10.0.0.5:5090',
      pinned: false,
      flow: { remote: { host: '10.0.0.5', port: 5090 } },
    })
  })

  it('at the newest registration, over the flow that it came over', async () => {
    const { phones, register, reports } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    register('ada', 'sip:ada@192.168.0.2')
    expect(phones.phoneOf('ada')).toMatchObject({
      uri: 'sip:ada@192.168.0.2',
      pinned: true,
      flow: { remote: { host: peerHost } },
    })
    expect(reports.at(-1)).toBe('ada reachable sip:ada@192.168.0.2 sip:ada@192.168.0.1')
  })

  it('by the further ways of his device where the newest is silent, and the next leads nowhere', async () => {
    const { phones, register, addPeer, userAgent, clock, reports } = await setUp(agent('ada'))
    const hosts = ['10.0.0.7', '10.0.0.8', '10.0.0.9'] as const
    const [last, middle, newest] = await Promise.all(hosts.map(host => addPeer({ host, port: 5060 })))
    for (const [index, host] of hosts.entries()) {
      const [flow, way] = [present(userAgent.flowTo(`sip:${host}`)), `${device};reg-id=${index}`]
      register('ada', `sip:ada@192.168.0.1:${index + 1}`, flow, 3600, way, [`Path: <sip:${host};lr;ob>`])
    }
    const { route, ...phone } = present(phones.phoneOf('ada'))
    const told: number[] = []
    const client = new RoutedInvite(
      userAgent,
      {
        ...{ uri: phone.uri, pinned: phone.pinned, callId: 'call', from: '<sip:customer@x>', to: '<sip:ada@x>' },
        ...{
          headers: [['route', '<sip:10.0.0.9;lr;ob>']],
          maxForwards: 70,
          sdp: offerSdp,
          route: present(route ?? null),
        },
      },
      {
        onProgress: ({ status }) => told.push(status),
        onAccepted: () => {},
        onFailed: status => told.push(status),
        dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
      },
    )
    const [silent, gone, well] = [present(newest ?? null), present(middle ?? null), present(last ?? null)]
    clock.advance(2_999)
    expect([silent, gone].map(edge => edge.requests('INVITE').at(-1)?.uri)).toEqual([
      'sip:ada@192.168.0.1:3',
      undefined,
    ])
    clock.advance(1)
    const invite = gone.last('INVITE')
    expect([invite.uri, invite.headers.fields('route')]).toEqual(['sip:ada@192.168.0.1:2', ['<sip:10.0.0.8;lr;ob>']])
    gone.respond(invite, 430, { toTag: 'edge' })
    expect(well.last('INVITE').uri).toBe('sip:ada@192.168.0.1:1')
    well.respond(well.last('INVITE'), 180, { toTag: 'phone' })
    expect(told).toEqual([180])
    // Who is silent may come back; a way that is gone is forgotten.
    expect(reports.at(-1)).toBe('ada reachable sip:ada@192.168.0.1:3 sip:ada@192.168.0.1:1')
    client.cancel()
  })

  it.each([
    ['sip:ada@192.168.0.1?Route=%3Csip:evil.example%3E&Subject=x', 'sip:ada@192.168.0.1'],
    ['sip:ada@192.168.0.1:5070;transport=tcp;method=BYE?a=b', 'sip:ada@192.168.0.1:5070;transport=tcp'],
    ['sip:a%20da@[2001:db8::1];ob', 'sip:a%20da@[2001:db8::1];ob'],
  ])('at %s without what has no place in a Request-URI', async (contact, target) => {
    const { phones, register, peer, clock } = await setUp(agent('ada'))
    register('ada', contact)
    expect(phones.phoneOf('ada')?.uri).toBe(target)
    clock.advance(25_000)
    expect(peer.last('OPTIONS').uri).toBe(target)
  })

  it('at a name once it was found', async () => {
    const stage = await createStage()
    stage.network.setAddresses('phone.example.com', ['10.0.0.7'])
    const reports: boolean[] = []
    const phones = new Phones({
      userAgent: stage.userAgent,
      clock: stage.clock,
      logger: stage.userAgent.options.logger,
      onChange: (_agentId, reachable) => reports.push(reachable),
    })
    phones.configure([agent('ada', { contact: 'sip:ada@phone.example.com' })])
    expect(phones.phoneOf('ada')).toBeNull()
    await stage.clock.advanceAsync(0)
    expect(phones.phoneOf('ada')?.flow.remote).toEqual({ host: '10.0.0.7', port: 5060 })
    expect(reports).toEqual([false, true])
  })
})

describe('a source belongs to an agent', () => {
  it('by the address of the contact or by the flow of a registration', async () => {
    const { phones, register, userAgent } = await setUp(
      agent('ada', { contact: 'sip:ada@10.0.0.5:5090' }),
      agent('bob'),
    )
    register('bob', 'sip:bob@192.168.0.1')
    const owner = (uri: string) => phones.ownerOf(present(userAgent.flowTo(uri)))
    expect(owner('sip:10.0.0.5:5090')).toBe('ada')
    expect(owner('sip:10.0.0.5:5091')).toBeNull()
    expect(owner(`sip:${peerHost}:5060`)).toBe('bob')
  })

  it('no longer when the center forgets the agent', async () => {
    const { phones, register, userAgent, clock } = await setUp(agent('ada', { contact: 'sip:ada@10.0.0.5:5090' }))
    register('ada', 'sip:ada@192.168.0.1')
    phones.configure([agent('bob')])
    expect(phones.ownerOf(present(userAgent.flowTo('sip:10.0.0.5:5090')))).toBeNull()
    expect([phones.registrar.size, clock.pending]).toEqual([0, 0])
  })
})

describe('a registration over UDP is kept alive', () => {
  it('by an OPTIONS every 25 s', async () => {
    const { peer, clock, register } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    for (let round = 1; round <= 3; round++) {
      clock.advance(25_000)
      expect(peer.requests('OPTIONS')).toHaveLength(round)
      expect(peer.last('OPTIONS').uri).toBe('sip:ada@192.168.0.1')
      peer.respond(peer.last('OPTIONS'), 200)
    }
  })

  it('and is given up when a phone that used to answer misses two', async () => {
    const { peer, clock, register, reports, phones } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    clock.advance(25_000)
    peer.respond(peer.last('OPTIONS'), 405)
    clock.advance(2 * (25_000 + 32_000))
    expect(phones.phoneOf('ada')).toBeNull()
    expect(reports.at(-1)).toBe('ada gone')
    clock.advance(32_000)
    expect(clock.pending).toBe(0)
  })

  it('but not when it never answered any', async () => {
    const { clock, register, phones } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    clock.advance(3_000_000)
    expect(phones.phoneOf('ada')).not.toBeNull()
  })

  it('also after a refresh, once', async () => {
    const { peer, clock, register } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    clock.advance(10_000)
    register('ada', 'sip:ada@192.168.0.1')
    clock.advance(24_999)
    expect(peer.requests('OPTIONS')).toHaveLength(0)
    clock.advance(1)
    expect(peer.requests('OPTIONS')).toHaveLength(1)
  })

  it('no more once it is gone', async () => {
    const { peer, clock, register } = await setUp(agent('ada'))
    register('ada', 'sip:ada@192.168.0.1')
    register('ada', 'sip:ada@192.168.0.1', undefined, 0)
    clock.advance(120_000)
    expect([peer.requests('OPTIONS').length, clock.pending]).toEqual([0, 0])
  })
})

it('a registration over a connection ends with it', async () => {
  const { phones, register, connect, incoming, clock, closedFlows, reports } = await setUp(agent('ada'))
  const tcp = connect('10.0.0.4')
  tcp.request({ method: 'REGISTER', via: 'SIP/2.0/TCP h;branch=z9hG4bK1' })
  register('ada', 'sip:ada@192.168.0.1;transport=tcp', present(incoming[0]).flow)
  expect(phones.phoneOf('ada')).toMatchObject({ pinned: true, flow: { transport: 'TCP' } })
  tcp.connection.destroy()
  clock.advance(0)
  for (const flow of closedFlows) phones.registrar.flowClosed(flow)
  expect([phones.phoneOf('ada'), reports.at(-1)]).toEqual([null, 'ada gone'])
})
