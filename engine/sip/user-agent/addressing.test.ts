/** Transports that URIs ask for, and the Contact and Via that each flow gets. */
import { describe, expect, it } from 'vitest'
import { transportOf } from '../location/selection.ts'
import { parseUri } from '../message/uri.ts'
import { createStage, present } from '../testing/stage.ts'
import type { Flow, TransportName } from '../transport/flow.ts'
import { contactOn, viaOn } from './addressing.ts'

const flow = (transport: TransportName): Flow => ({
  transport,
  reliable: transport !== 'UDP',
  advertised: { host: '10.0.0.1', port: 5070 },
  localHost: '10.0.0.1',
  remote: { host: '10.0.0.2', port: 5060 },
  key: 'k',
  alive: true,
  send: () => {},
  ping: () => {},
})

it.each([
  ['sip:a@h', 'UDP'],
  ['sip:a@h;transport=Tcp', 'TCP'],
  ['sip:a@h;transport=tls', 'TLS'],
  ['sip:a@h;transport=ws', null],
  ['sip:a@h;transport=sctp', null],
  ['sips:a@h', 'TLS'],
  ['sips:a@h;transport=tcp', 'TLS'],
  ['sips:a@h;transport=udp', null],
  ['tel:+441', null],
])('%s asks for %s', (uri, transport) => {
  expect(transportOf(present(parseUri(uri)))).toBe(transport)
})

it.each([
  ['UDP', 'sip:x@h', '<sip:10.0.0.1:5070>'],
  ['UDP', 'sips:x@h', '<sip:10.0.0.1:5070>'],
  ['TCP', 'sips:x@h', '<sip:10.0.0.1:5070;transport=tcp>'],
  ['TLS', 'sip:x@h', '<sip:10.0.0.1:5070;transport=tls>'],
  ['TLS', 'SIPS:x@h', '<sips:10.0.0.1:5070>'],
  ['WS', 'sip:x@h', '<sip:10.0.0.1:5070;transport=ws>'],
  ['WSS', 'sips:x@h', '<sips:10.0.0.1:5070;transport=ws>'],
] as const)('over %s our Contact toward %s is %s', (transport, peerUri, contact) => {
  expect(contactOn(flow(transport), peerUri)).toBe(contact)
  expect(viaOn(flow(transport), 'z9hG4bKx')).toBe(`SIP/2.0/${transport} 10.0.0.1:5070;branch=z9hG4bKx;rport`)
})

it.each([
  ['TLS', ';alias'],
  ['TCP', ''],
] as const)('over a connection of ours by %s our Via says%s', (transport, said) => {
  const via = viaOn({ ...flow(transport), isOurs: true }, 'z9hG4bKx')
  expect(via).toBe(`SIP/2.0/${transport} 10.0.0.1:5070;branch=z9hG4bKx;rport${said}`)
})

describe('a request to a sips: URI', () => {
  it('that did not come by TLS is refused with the warning of RFC 5630', async () => {
    const { peer, incoming } = await createStage()
    peer.request({ method: 'INVITE', uri: 'sips:200@10.0.0.1' })
    expect(peer.statuses('INVITE')).toEqual([480])
    expect(peer.lastResponse('INVITE').headers.get('warning')).toBe('380 10.0.0.1 "SIPS Not Allowed"')
    expect(incoming).toEqual([])
  })
})
