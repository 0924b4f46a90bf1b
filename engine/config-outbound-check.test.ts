/** Trunks and outbound rules that can not be meant. */
import { expect, it } from 'vitest'
import { parseCenter } from './config-check.ts'

const carrier = { id: 'carrier', host: 'carrier.example', username: 'me', password: 'secret' }

it.each([
  [{ trunks: [carrier], outbound: [{ prefix: '+44', trunk: 'other' }] }, 'outbound[0].trunk'],
  [{ trunks: [{ id: 'carrier' }], outbound: [{ prefix: '+44', trunk: 'carrier' }] }, 'outbound[0].trunk'],
  [
    {
      trunks: [carrier],
      outbound: [
        { prefix: '+44', trunk: 'carrier' },
        { prefix: '+44', trunk: 'carrier' },
      ],
    },
    'outbound[1].prefix',
  ],
  [{ trunks: [carrier], outbound: [{ prefix: 'abc', trunk: 'carrier' }] }, 'outbound[0].prefix'],
  [{ trunks: [{ id: 'a', host: 'h', register: { expiresSec: 600 } }] }, 'trunks[0].register'],
  [{ trunks: [{ id: 'a', proxy: 'h' }] }, 'trunks[0].proxy'],
  [{ trunks: [{ ...carrier, host: 'sip:carrier.example' }] }, 'trunks[0].host'],
  [{ outboundLimits: { callsPerMin: -1 } }, 'outboundLimits.callsPerMin'],
])('%j is refused at %s', (center, path) => {
  expect(() => parseCenter(center)).toThrow(path)
})

it('takes a trunk that we register at and call out by', () => {
  const center = parseCenter({
    trunks: [{ ...carrier, register: {} }],
    outbound: [{ prefix: '+44', trunk: 'carrier', callerId: '+442000' }],
  })
  expect(center.trunks[0]).toMatchObject({ trusted: false, proxy: null, register: { expiresSec: 3600 } })
  expect(center.sip.failoverMs).toBe(3_000)
})
