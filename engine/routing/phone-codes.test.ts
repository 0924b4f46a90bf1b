/** What of a dialled string is a code, what follows it, and what of it may be told. */
import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import { dialledWithoutPin, readPhoneCode } from './phone-codes.ts'

const codes = parseCenter({ agentPolicy: { phoneCodes: { endWrapUp: null } } }).agentPolicy.phoneCodes

describe('a dialled code', () => {
  it.each([
    ['*11', 'signIn', '', null, '*11'],
    ['*111001', 'signIn', '1001', null, '*111001'],
    ['*11*1001', 'signIn', '1001', null, '*11*1001'],
    ['*111001*4711', 'signIn', '1001', '4711', '*111001'],
    ['*11*1001*4711#', 'signIn', '1001', '4711', '*11*1001'],
    ['*111001#4711#', 'signIn', '1001', '4711', '*111001'],
    // The PIN is cut off where it stands, even if the number ends alike.
    ['*114711*4711', 'signIn', '4711', '4711', '*114711'],
    ['*142', 'notReady', '2', null, '*142'],
    ['*13#', 'available', '', null, '*13#'],
  ])('%s', (dialled, name, rest, pin, told) => {
    const code = readPhoneCode(dialled, codes)
    expect(code).toEqual({ name, rest, pin })
    if (code !== null) expect(dialledWithoutPin(dialled, code)).toBe(told)
  })

  it.each(['support', '1001', '*1', '*17', '*11abc', '*11*1*2*3', '+4420'])('%s is none', dialled => {
    expect(readPhoneCode(dialled, codes)).toBeNull()
  })
})
