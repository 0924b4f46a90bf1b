/** Which trunk a source address belongs to. */
import { describe, expect, it } from 'vitest'
import type { TrunkConfig } from '../config.ts'
import { TrunkTable } from './trunk-table.ts'

function trunk(id: string, ...addresses: string[]): TrunkConfig {
  return {
    id,
    addresses,
    host: null,
    transport: 'udp',
    username: null,
    password: null,
    realm: null,
    proxy: null,
    trusted: false,
    register: null,
    nat: false,
  }
}

describe('a source', () => {
  const table = new TrunkTable([
    trunk('one', '192.0.2.7', '198.51.100.0/24'),
    trunk('two', '2001:db8:1::/48', '2001:db8:2::5'),
    trunk('late', '198.51.100.9/32', '0.0.0.0/32'),
    trunk('none'),
  ])

  it.each([
    ['192.0.2.7', 'one'],
    ['192.0.2.8', undefined],
    ['198.51.100.0', 'one'],
    ['198.51.100.255', 'one'],
    ['198.51.101.0', undefined],
    ['2001:db8:1:ffff::1', 'two'],
    ['2001:DB8:1::A', 'two'],
    ['2001:db8:2::5', 'two'],
    ['2001:db8:2::6', undefined],
    ['fe80::1%eth0', undefined],
    ['::ffff:192.0.2.7', 'one'],
    ['', undefined],
    ['nonsense', undefined],
  ])('%s is of trunk %s', (host, id) => {
    expect(table.find(host)?.id).toBe(id)
    expect(table.find(host)?.id, 'the second time').toBe(id)
  })

  it('of two trunks is the first one’s', () => {
    expect(table.find('198.51.100.9')?.id).toBe('one')
  })
})

describe('a trunk with a certificate', () => {
  const table = new TrunkTable([
    { ...trunk('certified'), certificate: 'SIP.carrier.example' },
    { ...trunk('both', '192.0.2.0/24'), certificate: 'both.example' },
    trunk('plain', '192.0.2.7'),
  ])

  it('is known by that, wherever it is', () => {
    expect(table.find('203.0.113.1', ['other.example', 'sip.carrier.example'])?.id).toBe('certified')
    expect(table.find('203.0.113.1', ['other.example'])).toBeNull()
    expect(table.find('203.0.113.1')).toBeNull()
  })

  it('and addresses must have both', () => {
    expect(table.find('192.0.2.9', ['both.example'])?.id).toBe('both')
    expect(table.find('192.0.2.9')).toBeNull()
    expect(table.find('203.0.113.1', ['both.example'])).toBeNull()
  })

  it('leaves the others to their addresses', () => {
    expect(table.find('192.0.2.7', ['other.example'])?.id).toBe('plain')
    expect(table.find('192.0.2.7')?.id).toBe('plain')
  })
})

it('everything and nothing', () => {
  const all = new TrunkTable([trunk('all', '0.0.0.0/0')])
  expect(all.find('203.0.113.1')?.id).toBe('all')
  expect(all.find('2001:db8::1')).toBeNull()
  expect(new TrunkTable([]).find('203.0.113.1')).toBeNull()
})

it('a flood from more addresses than it remembers changes no answer', () => {
  const table = new TrunkTable([trunk('one', '10.0.0.0/9')])
  for (let i = 0; i < 25_000; i++) table.find(`10.${i % 256}.${(i >> 8) % 256}.1`)
  expect(table.find('10.1.2.1')?.id).toBe('one')
  expect(table.find('10.200.2.1')).toBeNull()
})
