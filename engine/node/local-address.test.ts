import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createLocalAddresses, nearestAddress } from './local-address.ts'

function ipv4(cidr: string, internal = false): NetworkInterfaceInfo {
  return { address: cidr.split('/')[0] ?? '', cidr, internal, family: 'IPv4', mac: '', netmask: '' }
}

function ipv6(cidr: string, internal = false): NetworkInterfaceInfo {
  return { address: cidr.split('/')[0] ?? '', cidr, internal, family: 'IPv6', mac: '', netmask: '', scopeid: 0 }
}

const interfaces = [
  ipv4('127.0.0.1/8', true),
  ipv6('::1/128', true),
  ipv4('169.254.3.4/16'),
  ipv4('198.51.100.7/24'),
  ipv4('10.20.0.1/16'),
  ipv4('10.0.0.1/8'),
  ipv4('10.20.30.1/24'),
  ipv6('fe80::1/64'),
  ipv6('2001:db8::7/64'),
  ipv6('2001:db8:0:1::7/64'),
]

describe('nearestAddress', () => {
  it.each([
    ['127.0.0.9', '127.0.0.1'],
    ['::1', '::1'],
    ['10.1.2.3', '10.0.0.1'],
    ['10.20.2.3', '10.20.0.1'],
    ['10.20.30.9', '10.20.30.1'],
    ['203.0.113.5', '198.51.100.7'],
    ['169.254.9.9', '169.254.3.4'],
    ['2001:db8:0:1::99', '2001:db8:0:1::7'],
    ['2001:db8::ffff:1', '2001:db8::7'],
    ['2606:4700::1', '2001:db8::7'],
    ['fe80::99%eth0', 'fe80::1'],
  ])('reaches %s from %s', (remote, local) => {
    expect(nearestAddress(remote, interfaces)).toBe(local)
  })

  it('falls back on loopback of the family', () => {
    expect(nearestAddress('203.0.113.5', [])).toBe('127.0.0.1')
    expect(nearestAddress('2001:db8::1', [ipv4('10.0.0.1/8')])).toBe('::1')
  })
})

describe('createLocalAddresses', () => {
  it('answers the same from memory and after it forgot', () => {
    let nowMs = 0
    const localAddressFor = createLocalAddresses(() => nowMs)
    for (const ms of [0, 5_000, 60_000]) {
      nowMs = ms
      expect(localAddressFor('127.0.0.5')).toBe('127.0.0.1')
    }
  })
})
