/** The registrar: what a REGISTER does to the bindings of a user, all of it or nothing. */
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../simulation/test-clock.ts'
import { request } from '../testing/wire.ts'
import type { Flow } from '../transport/flow.ts'
import { Registrar } from './registrar.ts'

function flow(port: number, transport: 'UDP' | 'TCP' = 'UDP'): Flow {
  return {
    transport,
    reliable: transport === 'TCP',
    advertised: { host: '10.0.0.1', port: 5060 },
    localHost: '10.0.0.1',
    remote: { host: '10.0.0.2', port },
    key: `${transport}|10.0.0.2|${port}`,
    alive: true,
    send: () => {},
    ping: () => {},
  }
}

function setUp() {
  const clock = createTestClock(0)
  const changes: string[] = []
  const registrar = new Registrar({
    clock,
    onChange: (username, bindings) => changes.push(`${username}: ${bindings.map(({ contact }) => contact).join(' ')}`),
  })
  let sequence = 0
  const register = (
    contacts: string | null,
    options: { user?: string; over?: Flow; expires?: string; callId?: string; sequence?: number } = {},
  ) => {
    sequence = options.sequence ?? sequence + 1
    const headers = [
      ...(contacts === null ? [] : [`Contact: ${contacts}`]),
      ...(options.expires === undefined ? [] : [`Expires: ${options.expires}`]),
    ]
    const made = request({ method: 'REGISTER', sequence, callId: options.callId ?? 'r', headers })
    return registrar.register(options.user ?? 'ada', made, options.over ?? flow(5060)).status
  }
  const contacts = (user = 'ada') => registrar.bindings(user).map(({ contact }) => contact)
  return { clock, registrar, changes, register, contacts }
}

describe('bindings', () => {
  it('are added, newest first, and refreshed in place of the old', () => {
    const { register, contacts, registrar } = setUp()
    expect(register('<sip:a@one>, <sip:a@two>;q=0.5')).toBe(200)
    register('<sip:a@three>')
    expect(contacts()).toEqual(['sip:a@three', 'sip:a@two', 'sip:a@one'])
    register('<sip:%61@ONE>')
    expect(contacts()).toEqual(['sip:%61@ONE', 'sip:a@three', 'sip:a@two'])
    expect(registrar.size).toBe(3)
  })

  it('are told without a Contact', () => {
    const { register, contacts, changes } = setUp()
    register('<sip:a@one>')
    expect(register(null)).toBe(200)
    expect(contacts()).toEqual(['sip:a@one'])
    expect(changes).toHaveLength(1)
  })

  it('remember the flow, the User-Agent and the parameters of the URI', () => {
    const { register, registrar } = setUp()
    register('"x" <sip:a@one;transport=tcp>;expires=60', { over: flow(7, 'TCP') })
    const [binding] = registrar.bindings('ada')
    expect(binding).toMatchObject({ contact: 'sip:a@one;transport=tcp', flow: { key: 'TCP|10.0.0.2|7' } })
  })

  it('of one device and one reg-id replace each other, whatever their addresses (RFC 5626)', () => {
    const { register, contacts, registrar } = setUp()
    const of = (address: string, instance: string, regId: number) =>
      `<sip:${address};transport=ws>;+sip.instance="<urn:uuid:${instance}>";reg-id=${regId}`
    register(of('x@1.invalid', 'one', 1), { over: flow(1, 'TCP') })
    register(of('y@2.invalid', 'one', 1), { over: flow(2, 'TCP'), callId: 'other' })
    expect(contacts()).toEqual(['sip:y@2.invalid;transport=ws'])
    // The end of the connection that it left behind takes nothing with it.
    registrar.flowClosed(flow(1, 'TCP'))
    register(of('z@3.invalid', 'one', 2), { over: flow(3, 'TCP') })
    register(of('w@4.invalid', 'two', 1), { over: flow(4, 'TCP') })
    expect(contacts()).toHaveLength(3)
  })

  it('of one device and two reg-ids stand beside each other, also with one address', () => {
    const { register, contacts, registrar } = setUp()
    const of = (params: string) => `<sip:x@one>${params}`
    const instance = ';+sip.instance="<urn:uuid:one>"'
    register(of(''), { over: flow(9, 'TCP') })
    register(of(`${instance};reg-id=1`), { over: flow(1, 'TCP') })
    register(of(`${instance};reg-id=2`), { over: flow(2, 'TCP'), callId: 'other' })
    expect(contacts()).toEqual(['sip:x@one', 'sip:x@one'])
    registrar.flowClosed(flow(2, 'TCP'))
    expect(registrar.bindings('ada')).toMatchObject([{ flow: { key: 'TCP|10.0.0.2|1' } }])
    // Without them the address is what it is known by.
    register(of(''), { over: flow(3, 'TCP') })
    expect(registrar.bindings('ada')).toMatchObject([{ flow: { key: 'TCP|10.0.0.2|3' } }])
  })

  it.each([
    ['the parameter', '<sip:a@one>;expires=60', '600', 60],
    ['the header', '<sip:a@one>', '600', 600],
    ['neither', '<sip:a@one>', undefined, 3600],
    ['a malformed header', '<sip:a@one>', 'soon', 3600],
    ['a malformed parameter', '<sip:a@one>;expires=soon', '600', 600],
    ['more than we grant', '<sip:a@one>;expires=100000', undefined, 7200],
    ['more than a number holds', '<sip:a@one>;expires=99999999999', undefined, 3600],
  ])('expire as %s says', (_what, contact, expires, seconds) => {
    const { clock, register, contacts, registrar, changes } = setUp()
    register(contact, expires === undefined ? {} : { expires })
    const [binding] = registrar.bindings('ada')
    expect(binding === undefined ? 0 : registrar.remainingSec(binding)).toBe(seconds)
    clock.advance(seconds * 1000 - 1)
    expect(contacts()).toHaveLength(1)
    clock.advance(1)
    expect(contacts()).toEqual([])
    expect(changes.at(-1)).toBe('ada: ')
    expect(clock.pending).toBe(0)
  })

  it('live on when refreshed in time', () => {
    const { clock, register, contacts } = setUp()
    register('<sip:a@one>;expires=60')
    clock.advance(59_000)
    register('<sip:a@one>;expires=60')
    clock.advance(59_000)
    expect(contacts()).toHaveLength(1)
    expect(clock.pending).toBe(1)
  })

  it('go one by one with expires=0', () => {
    const { register, contacts, clock } = setUp()
    register('<sip:a@one>, <sip:a@two>')
    expect(register('<sip:a@one>;expires=0')).toBe(200)
    expect(contacts()).toEqual(['sip:a@two'])
    register('<sip:a@two>', { expires: '0' })
    expect([contacts(), clock.pending]).toEqual([[], 0])
    expect(register('<sip:a@never>;expires=0')).toBe(200)
  })

  it('go all at once with *', () => {
    const { register, contacts, clock } = setUp()
    register('<sip:a@one>, <sip:a@two>')
    expect(register('*', { expires: '0' })).toBe(200)
    expect([contacts(), clock.pending]).toEqual([[], 0])
  })

  it('are ten at most', () => {
    const { register, contacts } = setUp()
    for (let i = 0; i < 10; i++) expect(register(`<sip:a@h${i}>`)).toBe(200)
    expect(register('<sip:a@more>')).toBe(403)
    expect(register('<sip:a@h3>')).toBe(200)
    expect(contacts()).toHaveLength(10)
  })
})

describe('what changes nothing', () => {
  it.each([
    ['* beside another', '*, <sip:a@two>', { expires: '0' }, 400],
    ['* without Expires', '*', {}, 400],
    ['* with another Expires', '*', { expires: '60' }, 400],
    ['a malformed Contact', '<sip:a@two>, <sip:@>', {}, 400],
    ['tel:', '<tel:+44>', {}, 400],
    ['a URI that is not ours to call', '<http://example.com>', {}, 400],
    ['a question mark without brackets', 'sip:a@two?Route=%3Csip:x%3E', {}, 400],
    ['too short a time', '<sip:a@two>, <sip:a@three>;expires=29', {}, 423],
    ['a sequence number that was seen', '<sip:a@two>, <sip:a@one>', { sequence: 1 }, 500],
    ['a lower one, for *', '*', { expires: '0', sequence: 1 }, 500],
  ])('%s', (_what, contact, options, status) => {
    const { register, contacts, changes } = setUp()
    register('<sip:a@one>')
    expect(register(contact, options)).toBe(status)
    expect(contacts()).toEqual(['sip:a@one'])
    expect(changes).toHaveLength(1)
  })

  it('a sequence number counts within its Call-ID only (§10.3 step 7)', () => {
    const { register } = setUp()
    register('<sip:a@one>', { sequence: 9 })
    expect(register('<sip:a@one>', { sequence: 8 })).toBe(500)
    expect(register('<sip:a@one>', { sequence: 1, callId: 'restarted' })).toBe(200)
    expect(register('<sip:a@one>', { sequence: 8 })).toBe(200)
  })
})

describe('flows', () => {
  it('belong to who registered last over them', () => {
    const { register, registrar } = setUp()
    register('<sip:a@one>')
    expect(registrar.ownerOf(flow(5060))).toBe('ada')
    expect(registrar.ownerOf(flow(5061))).toBeNull()
    register('<sip:b@one>', { user: 'bob' })
    expect(registrar.ownerOf(flow(5060))).toBe('bob')
    register('*', { user: 'bob', expires: '0' })
    expect(registrar.ownerOf(flow(5060))).toBe('ada')
    register('<sip:a@one>', { over: flow(5062) })
    expect(registrar.ownerOf(flow(5060))).toBeNull()
    expect(registrar.ownerOf(flow(5062))).toBe('ada')
  })

  it('that end take the bindings of every user over them along', () => {
    const { register, registrar, contacts, clock, changes } = setUp()
    register('<sip:a@one>', { over: flow(7, 'TCP') })
    register('<sip:a@other>', { over: flow(5060) })
    register('<sip:b@one>', { over: flow(7, 'TCP'), user: 'bob' })
    registrar.flowClosed(flow(7, 'TCP'))
    expect([contacts(), contacts('bob')]).toEqual([['sip:a@other'], []])
    expect(changes.slice(-2)).toEqual(['ada: sip:a@other', 'bob: '])
    expect(registrar.ownerOf(flow(7, 'TCP'))).toBeNull()
    expect(clock.pending).toBe(1)
    registrar.flowClosed(flow(7, 'TCP'))
    expect(changes).toHaveLength(5)
  })
})

it('stops with nothing armed', () => {
  const { clock, register, registrar } = setUp()
  register('<sip:a@one>, <sip:a@two>')
  registrar.stop()
  expect([clock.pending, registrar.size, registrar.ownerOf(flow(5060))]).toEqual([0, 0, null])
})
