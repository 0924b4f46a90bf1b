/** What is read in a REFER and in Replaces, and what is not. */
import { describe, expect, it } from 'vitest'
import { request } from '../testing/wire.ts'
import { readRefer } from './refer.ts'
import { parseReplaces } from './replaces.ts'

const read = (...headers: readonly string[]) => readRefer(request({ method: 'REFER', headers }))

describe('Refer-To', () => {
  it.each([
    ['Refer-To: <sip:bob@10.0.0.1>', 'bob'],
    ['Refer-To: sip:bob@10.0.0.1', 'bob'],
    ['r: "Bob" <sips:bob@10.0.0.1;transport=tcp>;early=1', 'bob'],
    ['Refer-To: <sip:%2B4420@10.0.0.1;method=INVITE>', '+4420'],
    ['Refer-To: <tel:+4420>', '+4420'],
    ['Refer-To: <sip:bob@10.0.0.1?Subject=hello&Priority=urgent>', 'bob'],
  ])('%s names %s', (line, user) => {
    expect(read(line)).toEqual({ ok: true, target: { user, replaces: null }, isQuiet: false })
  })

  it('names the dialog that is to be replaced', () => {
    expect(read('Refer-To: <sip:10.0.0.1?Require=replaces&Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>')).toEqual({
      ok: true,
      target: { user: '', replaces: { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false } },
      isQuiet: false,
    })
  })

  it.each([
    ['none', []],
    ['two', ['Refer-To: <sip:a@b>', 'Refer-To: <sip:c@d>']],
    ['nobody', ['Refer-To: <sip:10.0.0.1>']],
    ['no URI', ['Refer-To: bob']],
    ['another scheme', ['Refer-To: <javascript:alert(1)>']],
    ['a bad escape in a URI header', ['Refer-To: <sip:a@b?Subject=%zz>']],
    ['a control character', ['Refer-To: <sip:a%00@b>']],
    [
      'Replaces twice',
      ['Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>'],
    ],
    ['more URI headers than anyone needs', [`Refer-To: <sip:a@b?${'a=b&'.repeat(20)}c=d>`]],
  ])('%s is malformed', (_name, headers) => {
    expect(read(...headers)).toEqual({ ok: false, status: 400 })
  })

  it('of another method is declined', () => {
    expect(read('Refer-To: <sip:bob@10.0.0.1;method=MESSAGE>')).toEqual({ ok: false, status: 603 })
  })

  it('may come with the wish to hear nothing of it', () => {
    expect(read('Refer-To: <sip:bob@10.0.0.1>', 'Refer-Sub: False')).toMatchObject({ isQuiet: true })
  })
})

describe('Replaces', () => {
  it('names a dialog', () => {
    expect(parseReplaces('98732@x ;from-tag=r33 ; to-tag=7743;early-only')).toEqual({
      callId: '98732@x',
      toTag: '7743',
      fromTag: 'r33',
      earlyOnly: true,
    })
  })

  it.each([
    '',
    'x',
    'x;to-tag=1',
    ';to-tag=1;from-tag=2',
    'x;to-tag=1;to-tag=2;from-tag=3',
    'x;to-tag=;from-tag=2',
    'x,y;to-tag=1;from-tag=2',
    `${'x'.repeat(600)};to-tag=1;from-tag=2`,
    'x\r\nVia: y;to-tag=1;from-tag=2',
  ])('%j is none', value => {
    expect(parseReplaces(value)).toBeNull()
  })
})
