/** Bodies: SDP alone or among other parts, and what is refused. */
import { describe, expect, it } from 'vitest'
import { offerSdp, request } from '../testing/wire.ts'
import { readSession, sdpOf } from './session-body.ts'

const withBody = (body: string, contentType: string, ...headers: readonly string[]) =>
  request({ method: 'INVITE', body, contentType, headers })

const part = (type: string, content: string, ...headers: readonly string[]) =>
  ['--b1', `Content-Type: ${type}`, ...headers, '', content].join('\r\n')

describe('a body', () => {
  it.each([
    ['application/sdp', offerSdp],
    ['Application/SDP ; charset=utf-8', offerSdp],
  ])('of %s is taken', (type, body) => {
    expect(readSession(withBody(body, type))).toEqual({ ok: true, sdp: offerSdp })
  })

  it('that is not there says nothing', () => {
    expect(readSession(request({ method: 'INVITE' }))).toEqual({ ok: true, sdp: null })
    expect(sdpOf(request({ method: 'INVITE' }))).toBeNull()
  })

  it.each<[string, readonly string[], 'type' | 'encoding']>([
    ['text/plain', [], 'type'],
    ['application/isup', ['Content-Disposition: signal;handling=required'], 'type'],
    ['application/sdp', ['Content-Encoding: gzip'], 'encoding'],
  ])('of %s %j is refused', (type, headers, why) => {
    const message = withBody('x', type, ...headers)
    expect(readSession(message)).toEqual({ ok: false, why })
    expect(sdpOf(message)).toBeNull()
  })

  it('that need not be understood is passed over (RFC 5621 §8)', () => {
    const message = withBody('x', 'application/isup', 'Content-Disposition: signal ; handling=optional')
    expect(readSession(message)).toEqual({ ok: true, sdp: null })
  })
})

describe('a body of several parts', () => {
  const isup = part('application/isup', 'bytes', 'Content-Disposition: signal;handling=optional')
  const unmarked = part('text/plain', 'hello')
  const required = part('text/plain', 'hello', 'Content-Disposition: render; handling=required')
  const sdp = part('application/sdp', offerSdp.trimEnd())

  it.each([
    ['first', [sdp, isup]],
    ['last', [unmarked, isup, sdp]],
    ['alone', [sdp]],
  ])('has its SDP %s', (_where, parts) => {
    const body = `preamble\r\n${parts.join('\r\n')}\r\n--b1--\r\nepilogue`
    for (const type of ['multipart/mixed;boundary=b1', 'Multipart/Alternative; Boundary="b1"'])
      expect(readSession(withBody(body, type))).toEqual({ ok: true, sdp: offerSdp })
  })

  it('without SDP offers nothing', () => {
    expect(readSession(withBody(`${isup}\r\n--b1--`, 'multipart/mixed;boundary=b1'))).toEqual({ ok: true, sdp: null })
  })

  it.each([
    ['that must be understood', `${sdp}\r\n${required}\r\n--b1--`, 'multipart/mixed;boundary=b1'],
    ['without a boundary', `${sdp}\r\n--b1--`, 'multipart/mixed'],
    ['of an unknown kind', `${sdp}\r\n--b1--`, 'multipart/signed;boundary=b1'],
  ])('%s is refused', (_what, body, type) => {
    expect(readSession(withBody(body, type))).toEqual({ ok: false, why: 'type' })
  })

  it('ends at its end', () => {
    expect(sdpOf(withBody(`${isup}\r\n--b1--\r\n${sdp}`, 'multipart/mixed;boundary=b1'))).toBeNull()
  })
})
