/** The locator on a virtual DNS: what it asks, what it remembers, and what it does in an outage. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createVirtualNetwork } from '../../simulation/virtual-network.ts'
import { parseUri } from '../message/uri.ts'
import { present } from '../testing/stage.ts'
import { Locator } from './locator.ts'

function setUp() {
  const clock = createTestClock(0)
  const random = createSeededRandom(3)
  const network = createVirtualNetwork({ clock, random })
  const locator = new Locator({ clock, random, network: network.host('10.0.0.1') })
  const locate = async (uri: string) =>
    (await locator.locate(present(parseUri(uri)))).map(({ transport, host, port }) => `${transport} ${host}:${port}`)
  return { clock, network, locator, locate, zone: network.zone }
}

const srv = (name: string, port = 5060, priority = 10, weight = 0) => ({ name, port, priority, weight })

describe('asks', () => {
  it('nothing for a numeric host, and answers at once', () => {
    const { locator, zone } = setUp()
    expect(locator.locate(present(parseUri('sip:a@10.0.0.9')))).toEqual([
      { transport: 'UDP', host: '10.0.0.9', port: 5060, serverName: '10.0.0.9' },
    ])
    expect(zone.asked).toEqual([])
  })

  it('NAPTR, then SRV, then addresses', async () => {
    const { locate, zone, network } = setUp()
    zone.setNaptr('example.com', [
      { order: 10, preference: 1, flags: 's', service: 'SIP+D2T', replacement: '_sip._tcp.example.com' },
      { order: 20, preference: 1, flags: 's', service: 'SIP+D2U', replacement: 'udp.example.com' },
    ])
    zone.setSrv('_sip._tcp.example.com', [srv('b.example.com', 5070, 20), srv('a.example.com', 5070, 10)])
    zone.setSrv('udp.example.com', [srv('a.example.com')])
    network.setAddresses('a.example.com', ['10.0.0.3', '10.0.0.4'])
    network.setAddresses('b.example.com', ['10.0.0.5'])
    expect(await locate('sip:x@example.com')).toEqual([
      'TCP 10.0.0.3:5070',
      'TCP 10.0.0.4:5070',
      'TCP 10.0.0.5:5070',
      'UDP 10.0.0.3:5060',
      'UDP 10.0.0.4:5060',
    ])
  })

  it('SRV alone where there is no NAPTR or the URI names the transport', async () => {
    const { locate, zone, network } = setUp()
    zone.setSrv('_sip._udp.example.com', [srv('a.example.com', 5080)])
    zone.setSrv('_sip._tcp.example.com', [srv('a.example.com', 5090)])
    network.setAddresses('a.example.com', ['10.0.0.3'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5080', 'TCP 10.0.0.3:5090'])
    expect(await locate('sip:example.com;transport=tcp')).toEqual(['TCP 10.0.0.3:5090'])
    expect(zone.asked.filter(question => question.startsWith('NAPTR'))).toEqual(['NAPTR example.com'])
  })

  it('the addresses of the host where there is neither, or the port is given', async () => {
    const { locate, network, zone } = setUp()
    network.setAddresses('example.com', ['10.0.0.3'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
    expect(await locate('sips:example.com')).toEqual(['TLS 10.0.0.3:5061'])
    const before = zone.asked.length
    expect(await locate('sip:example.com:5099')).toEqual(['UDP 10.0.0.3:5099'])
    expect(zone.asked.slice(before)).toEqual(['A example.com'])
  })

  it('and goes nowhere if the service is denied or the name unknown', async () => {
    const { locate, zone } = setUp()
    zone.setSrv('_sip._udp.example.com', [srv('.', 0)])
    expect(await locate('sip:example.com;transport=udp')).toEqual([])
    expect(await locate('sip:nowhere.example')).toEqual([])
  })
})

describe('remembers', () => {
  it('for as long as the shortest of the answers holds, and then asks again', async () => {
    const { clock, locate, locator, zone, network } = setUp()
    zone.setSrv('_sip._udp.example.com', [srv('a.example.com')], 30)
    network.setAddresses('a.example.com', ['10.0.0.3'])
    await locate('sip:example.com')
    const asked = zone.asked.length
    clock.advance(29_999)
    expect(locator.locate(present(parseUri('sip:other@example.com')))).not.toBeInstanceOf(Promise)
    expect(zone.asked.length).toBe(asked)
    network.setAddresses('a.example.com', ['10.0.0.4'])
    clock.advance(1)
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.4:5060'])
  })

  it('asks once for all who ask at the same time', async () => {
    const { locate, zone, network } = setUp()
    network.setAddresses('example.com', ['10.0.0.3'])
    await Promise.all([locate('sip:example.com:5060'), locate('sip:example.com:5060'), locate('sip:example.com:5060')])
    expect(zone.asked).toEqual(['A example.com'])
  })

  it('that there is nothing, for ten seconds', async () => {
    const { clock, locate, network } = setUp()
    expect(await locate('sip:example.com:5060')).toEqual([])
    network.setAddresses('example.com', ['10.0.0.3'])
    clock.advance(9_999)
    expect(await locate('sip:example.com:5060')).toEqual([])
    clock.advance(1)
    expect(await locate('sip:example.com:5060')).toEqual(['UDP 10.0.0.3:5060'])
  })
})

it('goes on with the servers of yesterday while the DNS is out', async () => {
  const { clock, locate, zone, network } = setUp()
  zone.setSrv('_sip._udp.example.com', [srv('a.example.com')])
  network.setAddresses('a.example.com', ['10.0.0.3'])
  expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
  zone.setOut(true)
  clock.advance(3_600_000)
  expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
  clock.advance(86_400_000)
  expect(await locate('sip:example.com')).toEqual([])
  zone.setOut(false)
  clock.advance(10_000)
  expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
})

it('waits for a DNS that says nothing for a second, and not again for five, if it knows an older answer', async () => {
  const { clock, network } = setUp()
  const { zone } = network
  zone.setSrv('_sip._udp.example.com', [srv('a.example.com')])
  network.setAddresses('a.example.com', ['10.0.0.3'])
  const host = network.host('10.0.0.1')
  const state: { answers: (() => void)[] | null } = { answers: null }
  const naptr = (name: string) =>
    new Promise<void>(resolve => {
      if (state.answers === null) resolve()
      else state.answers.push(resolve)
    }).then(() => zone.dns.naptr(name))
  const locator = new Locator({
    clock,
    random: createSeededRandom(3),
    network: { ...host, dns: { ...zone.dns, naptr } },
  })
  const uri = present(parseUri('sip:example.com'))
  const located = async () => (await locator.locate(uri)).map(each => each.host)
  expect(await located()).toEqual(['10.0.0.3'])
  state.answers = []
  network.setAddresses('a.example.com', ['10.0.0.4'])
  clock.advance(60_000)
  const found: string[][] = []
  const asked = [located(), located()].map(each => each.then(hosts => void found.push(hosts)))
  clock.advance(999)
  await new Promise(resolve => setImmediate(resolve))
  expect(found).toEqual([])
  clock.advance(1)
  await Promise.all(asked)
  expect(found).toEqual([['10.0.0.3'], ['10.0.0.3']])
  expect(locator.locate(uri)).toMatchObject([{ host: '10.0.0.3' }])
  // Its answer is late, not lost.
  for (const answer of state.answers) answer()
  await new Promise(resolve => setImmediate(resolve))
  expect(locator.locate(uri)).toMatchObject([{ host: '10.0.0.4' }])
  expect(clock.pending).toBe(0)
})

describe('a name server that fails at NAPTR', () => {
  it('hides neither SRV nor addresses, and is asked again after a minute at most', async () => {
    const { clock, locate, zone, network } = setUp()
    zone.setOut(['NAPTR'])
    zone.setSrv('_sip._udp.example.com', [srv('a.example.com', 5080)], 3_600)
    network.setAddresses('a.example.com', ['10.0.0.3'])
    network.setAddresses('example.org', ['10.0.0.4'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5080'])
    expect(await locate('sip:example.org')).toEqual(['UDP 10.0.0.4:5060'])
    zone.setOut(false)
    zone.setNaptr('example.com', [
      { order: 10, preference: 1, flags: 's', service: 'SIP+D2T', replacement: '_sip._tcp.example.com' },
    ])
    zone.setSrv('_sip._tcp.example.com', [srv('a.example.com', 5090)])
    clock.advance(60_000)
    expect(await locate('sip:example.com')).toEqual(['TCP 10.0.0.3:5090'])
  })

  it('and finds nothing else either has said nothing: what was known goes on', async () => {
    const { clock, locate, zone, network } = setUp()
    network.setAddresses('example.com', ['10.0.0.3'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
    zone.setOut(['NAPTR'])
    network.setAddresses('example.com', [])
    clock.advance(3_600_000)
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
  })

  it('and at SRV is not taken for one that lists no servers', async () => {
    const { clock, locate, zone, network } = setUp()
    zone.setSrv('_sip._udp.example.com', [srv('a.example.com')])
    network.setAddresses('a.example.com', ['10.0.0.3'])
    network.setAddresses('example.com', ['10.0.0.80'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
    zone.setOut(['NAPTR', 'SRV'])
    clock.advance(3_600_000)
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
  })
})

describe('a name server that fails at one question of several', () => {
  const two = [srv('a.example.com', 5060, 10), srv('b.example.net', 5060, 20)]

  it('hides the server whose address it was, not the others, and is asked again after a minute at most', async () => {
    const { clock, locate, zone, network } = setUp()
    zone.setSrv('_sip._udp.example.com', two, 3_600)
    network.setAddresses('b.example.net', ['10.0.0.4'])
    zone.setOut(['A a.example.com'])
    expect(await locate('sip:example.com;transport=udp')).toEqual(['UDP 10.0.0.4:5060'])
    zone.setOut(false)
    network.setAddresses('a.example.com', ['10.0.0.3'])
    clock.advance(60_000)
    expect(await locate('sip:example.com;transport=udp')).toEqual(['UDP 10.0.0.3:5060', 'UDP 10.0.0.4:5060'])
  })

  it('hides the service that it was about, not the others', async () => {
    const { locate, zone, network } = setUp()
    zone.setSrv('_sip._udp.example.com', two.slice(0, 1))
    network.setAddresses('a.example.com', ['10.0.0.3'])
    zone.setOut(['SRV _sip._tcp.example.com'])
    expect(await locate('sip:example.com')).toEqual(['UDP 10.0.0.3:5060'])
  })

  it('has said nothing if nothing else is found: what was known goes on', async () => {
    const { clock, locate, zone, network } = setUp()
    zone.setSrv('_sip._tcp.example.com', two.slice(0, 1))
    network.setAddresses('a.example.com', ['10.0.0.3'])
    network.setAddresses('example.com', ['10.0.0.80'])
    expect(await locate('sip:example.com')).toEqual(['TCP 10.0.0.3:5060'])
    for (const out of ['SRV _sip._tcp.example.com', 'A a.example.com']) {
      zone.setOut([out])
      network.setAddresses('a.example.com', [])
      clock.advance(3_600_000)
      expect(await locate('sip:example.com')).toEqual(['TCP 10.0.0.3:5060'])
    }
  })
})
