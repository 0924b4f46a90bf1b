/** What a center may say of session timers. */
import { expect, it } from 'vitest'
import { parseCenter } from './config-check.ts'

it('session timers: on by default, off, or at least 90 s (RFC 4028)', () => {
  const intervalOf = (sip: object) => parseCenter({ sip }).sip.sessionExpiresSec
  expect([intervalOf({}), intervalOf({ sessionExpiresSec: 0 }), intervalOf({ sessionExpiresSec: 90 })]).toEqual([
    1800, 0, 90,
  ])
  for (const sessionExpiresSec of [1, 89])
    expect(() => parseCenter({ sip: { sessionExpiresSec } })).toThrow(/sip\.sessionExpiresSec.*0, or at least 90/)
  expect(intervalOf({ minSessionExpiresSec: 3600 })).toBe(1800)
})
