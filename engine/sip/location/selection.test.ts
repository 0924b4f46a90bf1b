/** RFC 3263's choices and RFC 2782's order, as tables. */
import { describe, expect, it } from 'vitest'
import { parseUri } from '../message/uri.ts'
import { present } from '../testing/stage.ts'
import { inOrder, isDenied, type Place, questionOf, servicesOf, usualServices } from './selection.ts'

const asked = (uri: string) => questionOf(present(parseUri(uri)))

describe('what must be asked', () => {
  it.each([
    ['sip:a@192.0.2.1', { transport: 'UDP', host: '192.0.2.1', port: 5060 }],
    ['sip:a@[2001:db8::1]:5070;transport=tcp', { transport: 'TCP', host: '2001:db8::1', port: 5070 }],
    ['sip:a@192.0.2.1;transport=tls', { transport: 'TLS', host: '192.0.2.1', port: 5061 }],
    ['sips:a@192.0.2.1', { transport: 'TLS', host: '192.0.2.1', port: 5061 }],
  ])('nothing for %s', (uri, target) => {
    expect(asked(uri)).toEqual({ ask: 'nothing', target: { ...target, serverName: target.host } })
  })

  it.each([
    ['sip:a@h.example:5070', { ask: 'addresses', transport: 'UDP', host: 'h.example', port: 5070 }],
    ['sips:a@h.example:5070', { ask: 'addresses', transport: 'TLS', host: 'h.example', port: 5070 }],
    ['sip:a@h.example', { ask: 'servers', host: 'h.example', secured: false, transport: null }],
    ['sip:a@h.example;transport=tcp', { ask: 'servers', host: 'h.example', secured: false, transport: 'TCP' }],
    ['sips:a@h.example', { ask: 'servers', host: 'h.example', secured: true, transport: null }],
  ])('for %s', (uri, question) => {
    expect(asked(uri)).toEqual(question)
  })

  it.each(['sip:a@h.example;transport=sctp', 'sips:a@h.example;transport=udp', 'tel:+441'])('no way to %s', uri => {
    expect(asked(uri)).toBeNull()
  })
})

describe('services', () => {
  const naptr = (order: number, preference: number, service: string, flags = 's') => ({
    order,
    preference,
    service,
    flags,
    replacement: `${service}.example`,
  })

  it('come in the order of the domain, and those that we can not use are left out', () => {
    const records = [
      naptr(20, 10, 'SIP+D2U'),
      naptr(10, 20, 'sip+d2t', 'S'),
      naptr(10, 10, 'SIPS+D2T'),
      naptr(5, 5, 'SIP+D2S'),
      naptr(1, 1, 'SIP+D2U', 'u'),
    ]
    expect(servicesOf(records, false).map(({ transport }) => transport)).toEqual(['TLS', 'TCP', 'UDP'])
    expect(servicesOf(records, true).map(({ transport }) => transport)).toEqual(['TLS'])
  })

  it.each([
    [false, null, ['_sip._udp.h', '_sip._tcp.h']],
    [false, 'UDP', ['_sip._udp.h']],
    [false, 'TCP', ['_sip._tcp.h']],
    [false, 'TLS', ['_sips._tcp.h']],
    [true, null, ['_sips._tcp.h']],
  ] as const)('without NAPTR, secured %s, transport %s', (secured, transport, names) => {
    expect(usualServices('h', secured, transport).map(({ name }) => name)).toEqual(names)
  })

  it('may be denied (RFC 2782)', () => {
    expect(isDenied([{ priority: 0, weight: 0, port: 0, name: '.' }])).toBe(true)
    expect(isDenied([{ priority: 0, weight: 0, port: 5060, name: 'a' }])).toBe(false)
    expect(isDenied([])).toBe(false)
  })
})

describe('order of servers', () => {
  const place = (name: string, priority: number, weight: number, rank = 0): Place => ({
    transport: 'UDP',
    port: 5060,
    rank,
    priority,
    weight,
    addresses: [name],
  })
  const names = (places: readonly Place[]) => places.map(({ addresses }) => addresses[0])

  it('goes by service, then by priority', () => {
    const places = [place('d', 1, 0, 1), place('c', 20, 0), place('a', 10, 0)]
    expect(names(inOrder(places, () => 0.5))).toEqual(['a', 'c', 'd'])
  })

  it('shares the load by weight within a priority', () => {
    const places = [place('a', 10, 60), place('b', 10, 20), place('c', 10, 20), place('z', 20, 1000)]
    const first: Record<string, number> = { a: 0, b: 0, c: 0, z: 0 }
    for (let i = 0; i < 1000; i++) {
      const ordered = names(inOrder(places, () => i / 1000))
      first[ordered[0] ?? ''] = (first[ordered[0] ?? ''] ?? 0) + 1
      expect(ordered[3]).toBe('z')
      expect(new Set(ordered).size).toBe(4)
    }
    expect(first.a).toBeGreaterThan(560)
    expect(first.a).toBeLessThan(640)
    expect(first.b).toBeGreaterThan(160)
    expect(first.c).toBeGreaterThan(160)
    expect(first.z).toBe(0)
  })

  it('gives a weight of 0 a small chance beside others', () => {
    const places = [place('a', 10, 100), place('b', 10, 0)]
    expect(names(inOrder(places, () => 0))).toEqual(['b', 'a'])
    expect(names(inOrder(places, () => 0.5))).toEqual(['a', 'b'])
  })
})
