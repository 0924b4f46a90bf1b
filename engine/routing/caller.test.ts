/** Numbers as people, phones and networks write them. */
import { describe, expect, it } from 'vitest'
import { createAni, formsOf, toE164 } from './caller.ts'

describe('a number becomes E.164', () => {
  it.each<[string, string | null, string | null]>([
    ['+44 (20) 7946-0000', null, '+442079460000'],
    ['00442079460000', null, '+442079460000'],
    ['02079460000', '44', '+442079460000'],
    ['020.7946.0000', '44', '+442079460000'],
    ['02079460000', null, null],
    // Without the "0" of its country nobody knows whether it is one.
    ['2079460000', '44', null],
    ['442079460000', '44', null],
    ['7001', '44', null],
    ['support', '44', null],
    ['+', '44', null],
    ['+1234567890123456', '44', null],
    ['0', '44', null],
    // North America.
    ['2125551234', '1', '+12125551234'],
    ['(212) 555-1234', '1', '+12125551234'],
    ['12125551234', '1', '+12125551234'],
    ['011442079460000', '1', '+442079460000'],
    ['00442079460000', '1', '+442079460000'],
    ['5551234', '1', null],
    ['1125551234', '1', null],
    ['2120551234', '1', null],
    ['21255512345', '1', null],
    ['911', '1', null],
    ['02125551234', '1', null],
    // Italy keeps the zero, and a mobile has none.
    ['0612345678', '39', '+390612345678'],
    ['3331234567', '39', '+393331234567'],
    ['112', '39', null],
    ['912345678', '34', '+34912345678'],
    ['12345678', '45', null],
    ['32345678', '45', '+4532345678'],
    ['84951234567', '7', '+74951234567'],
    ['4951234567', '7', '+74951234567'],
    ['8001234567', '7', '+78001234567'],
    ['810442079460000', '7', '+442079460000'],
    ['21234567', '852', '+85221234567'],
  ])('%s with country code %s: %s', (written, countryCode, e164) => {
    expect(toE164(written, countryCode)).toBe(e164)
    expect(createAni(written, '', false, countryCode)).toMatchObject({ e164, raw: written })
  })
})

describe('what was dialled', () => {
  it.each([
    ['+442079460000', ['+442079460000']],
    ['020 7946-0000', ['020 7946-0000', '02079460000', '+442079460000']],
    ['+44(20)7946.0000', ['+44(20)7946.0000', '+442079460000']],
    ['7001', ['7001']],
    ['support', ['support']],
  ])('%s is looked up as %j', (dialled, forms) => {
    expect(formsOf(dialled, '44')).toEqual(forms)
  })
})
