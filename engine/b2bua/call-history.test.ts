/** The way by which a call has come, as it is read and as it is told on. */
import { describe, expect, it } from 'vitest'
import { request } from '../sip/testing/wire.ts'
import { historyOf, readHistory } from './call-history.ts'

const read = (headers: readonly string[], trusted = true) =>
  readHistory(request({ method: 'INVITE', headers, body: 'v=0\r\n' }).headers, trusted)
const onward = (headers: readonly string[], reached = 'support', trusted = true) =>
  historyOf(read(headers, trusted), reached, { uri: 'sip:+44@carrier', cause: 302 }, 'us')
const target = (index: string) => `<sip:+44@carrier;cause=302>;index=${index}.1;mp=${index}`

it('begins with the number that was reached', () => {
  expect(onward([])).toBe(`<sip:support@us>;index=1, ${target('1')}`)
  expect(historyOf(read([]), 'a b', { uri: 'sip:ada@us', cause: null }, '[2001:db8::1]')).toBe(
    '<sip:a%20b@[2001:db8::1]>;index=1, <sip:ada@us>;index=1.1;mp=1',
  )
})

it('names no user where none was called', () => {
  expect(onward([], '')).toBe(`<sip:us>;index=1, ${target('1')}`)
})

const came = 'History-Info: <sip:first@10.9.9.9:5070;cause=404?Reason=SIP%3Bcause%3D486%3Btext%3D%22gw9%22>;index=1'

describe('what was received', () => {
  it('is kept in its order, under our address, and goes on from its last place', () => {
    expect(onward([`${came}, <sip:support@10.9.9.9>;index=1.2;mp=1`])).toBe(
      `<sip:first@us;cause=404?Reason=SIP%3Bcause%3D486>;index=1, <sip:support@us>;index=1.2;mp=1, ${target('1.2')}`,
    )
  })

  it('that does not end with our number has a gap', () => {
    expect(onward([came])).toBe(
      `<sip:first@us;cause=404?Reason=SIP%3Bcause%3D486>;index=1, <sip:support@us>;index=1.0.1, ${target('1.0.1')}`,
    )
  })

  it.each([
    ['has an entry without an index', `${came}, <sip:support@h>`],
    ['has an index that is none', `${came}, <sip:support@h>;index=one`],
    ['is malformed', 'History-Info: rubbish'],
    ['names somebody at length', `History-Info: <sip:${'a'.repeat(65)}@h>;index=1`],
    ['is endless', `History-Info: ${Array.from({ length: 9 }, (_, i) => `<sip:a@h>;index=${i}`).join(', ')}`],
  ])('that %s is dropped', (_what, header) => {
    expect(onward([header])).toBe(`<sip:support@us>;index=1, ${target('1')}`)
  })

  it('is not believed of who is not trusted', () => {
    expect(onward([came], 'support', false)).toBe(`<sip:support@us>;index=1, ${target('1')}`)
  })

  it('carries no text of the other side', () => {
    const odd =
      'History-Info: "gw1.inside" <sip:u:pw@10.9.9.9;x=inside?Subject=inside&Reason=Q.850%3Bcause%3D17>;index=1;y=inside'
    expect(onward([odd])).toBe(
      `<sip:u@us?Reason=Q.850%3Bcause%3D17>;index=1, <sip:support@us>;index=1.0.1, ${target('1.0.1')}`,
    )
  })
})

describe('privacy', () => {
  const nobody = '<sip:anonymous@anonymous.invalid>'

  it.each(['history', 'header', 'session', 'id;critical;History'])('of all: %s', kinds => {
    expect(onward([came, `Privacy: ${kinds}`])).toBe(`${nobody};index=1, ${nobody};index=1.0.1, ${target('1.0.1')}`)
    expect(read([`Privacy: ${kinds}`], false).isPrivate).toBe(true)
  })

  it('of one place', () => {
    const entries = 'History-Info: <sip:first@h?Privacy=history>;index=1, <sip:support@h>;index=1.1;mp=1'
    expect(onward([entries])).toBe(`${nobody};index=1, <sip:support@us>;index=1.1;mp=1, ${target('1.1')}`)
  })

  it.each(['id', 'user', 'none'])('is not asked for by %s', kind => {
    expect(read([`Privacy: ${kind}`]).isPrivate).toBe(false)
  })
})
