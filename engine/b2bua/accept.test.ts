import { describe, expect, it } from 'vitest'
import { request } from '../sip/testing/wire.ts'
import { acceptsSession } from './accept.ts'

describe('Accept', () => {
  it.each([
    [[], true],
    [['Accept: application/sdp'], true],
    [['Accept: Application/SDP;level=1'], true],
    [['Accept: application / sdp'], true],
    [['Accept: text/plain, application/*;q=0.1'], true],
    [['Accept: text/plain', 'Accept: */*'], true],
    [['Accept:'], false],
    [['Accept: text/plain'], false],
    [['Accept: application/isup, text/*'], false],
    [['Accept: application/sdp;q=0'], false],
    [['Accept: application/sdp; q = 0.000'], false],
  ])('%j: %s', (headers, accepts) => {
    expect(acceptsSession(request({ method: 'INVITE', headers }))).toBe(accepts)
  })
})
