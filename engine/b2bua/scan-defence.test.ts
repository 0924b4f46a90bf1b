/** Whoever looks for users and guesses passwords (SIP.md §2 row 13): what he learns, how far he comes, and whom it costs. */
import { describe, expect, it } from 'vitest'
import { requestText } from '../sip/testing/wire.ts'
import { digestText, nonceOf } from './testing/digest.ts'
import {
  type Door,
  doorCenter,
  openDoor,
  responses,
  type Sent,
  statuses,
  strangerHost,
  trunkHost,
} from './testing/door.ts'

const stranger = { host: strangerHost, port: 5060 }
const trunk = { host: trunkHost, port: 5060 }
const uri = 'sip:10.0.0.1'
let serial = 0

function register(username: string, options: { authorization?: string; headers?: readonly string[] } = {}): string {
  serial++
  return requestText({
    method: 'REGISTER',
    uri,
    via: `SIP/2.0/UDP phone.invalid;branch=z9hG4bK${serial};rport`,
    to: `<sip:${username}@10.0.0.1>`,
    from: `<sip:${username}@10.0.0.1>`,
    callId: `register-${username}`,
    sequence: serial,
    headers: [
      `Contact: <sip:${username}@192.0.2.66>;expires=600`,
      ...(options.authorization === undefined ? [] : [`Authorization: ${options.authorization}`]),
      ...(options.headers ?? []),
    ],
  })
}

/** Asks for a challenge and answers it. @returns what came of the answer */
async function attempt(door: Door, from: typeof stranger, username: string, password: string): Promise<number[]> {
  // A nonce is of its millisecond.
  door.clock.advance(1)
  const [challenge] = responses(await door.send(from, register(username)))
  const nonce = challenge === undefined ? 'none' : nonceOf(challenge.headers.get('www-authenticate') ?? '')
  const authorization = digestText({ username, password, method: 'REGISTER', uri, nonce })
  return statuses(await door.send(from, register(username, { authorization })))
}

/** What differs from one answer to the next anyway, taken out. */
const bare = (sent: readonly Sent[], username: string) =>
  sent.map(({ text }) =>
    text
      .replace(/nonce="[^"]+"/g, 'nonce')
      .replace(/branch=[^;\r]+/g, 'branch')
      .replace(/;tag=[^;\r]+/g, ';tag')
      .replace(/CSeq: \d+/gi, 'CSeq')
      .replaceAll(username, 'somebody'),
  )

describe('who looks for users', () => {
  const users = ['ada', 'nopassword', 'nobody', 'constructor', '__proto__']

  it('hears the same of all of them, without credentials', async () => {
    const door = await openDoor()
    const heard = []
    for (const user of users) heard.push(bare(await door.send(stranger, register(user)), user))
    expect(new Set(heard.map(texts => JSON.stringify(texts))).size).toBe(1)
    expect(heard[0]?.[0]).toMatch(/^SIP\/2\.0 401 /)
    // Nobody has failed who had nothing to show yet.
    expect(door.gateway.door.counters).toMatchObject({ authFailures: 0, sourcesBanned: 0 })
    expect(door.userAgent.load.transactions).toBe(0)
    door.close()
  })

  it.each(['MD5', 'SHA-256'])('hears the same of all of them, with a wrong %s password', async algorithm => {
    const door = await openDoor()
    const heard = []
    for (const [index, user] of users.entries()) {
      const from = { host: `192.0.2.${index + 1}`, port: 5060 }
      const [challenge] = responses(await door.send(from, register(user)))
      const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? '')
      const authorization = digestText({ username: user, password: 'wrong', method: 'REGISTER', uri, nonce }).replace(
        'algorithm=MD5',
        `algorithm=${algorithm}`,
      )
      const answer = await door.send(from, register(user, { authorization }))
      heard.push(bare(answer, user).map(text => text.replaceAll(from.host, 'host')))
    }
    expect(new Set(heard.map(texts => JSON.stringify(texts))).size).toBe(1)
    expect(heard[0]?.[0]).toMatch(/^SIP\/2\.0 401 /)
    expect(heard[0]?.[0]).not.toContain('stale')
    expect(door.gateway.door.counters.authFailures).toBe(users.length)
    door.close()
  })

  it.each(['support', 'nobody'])('learns from OPTIONS to %s what anybody learns', async user => {
    const door = await openDoor()
    expect(
      statuses(await door.send(stranger, requestText({ method: 'OPTIONS', uri: `sip:${user}@10.0.0.1` }))),
    ).toEqual([200])
    door.close()
  })
})

describe('a stranger who would begin something', () => {
  const ask = (method: string, headers: readonly string[] = [], authorization?: string) => {
    serial++
    return requestText({
      method,
      uri,
      via: `SIP/2.0/UDP phone.invalid;branch=z9hG4bK${serial};rport`,
      callId: `begin-${serial}`,
      headers: [...headers, ...(authorization === undefined ? [] : [`Authorization: ${authorization}`])],
    })
  }

  const beginnings: [string, string[], number][] = [
    ['PUBLISH', [], 405],
    ['SUBSCRIBE', [], 405],
    ['MESSAGE', [], 405],
    ['REFER', [], 481],
    ['INVITE', ['Require: foo'], 420],
    ['REGISTER', ['Require: foo'], 420],
    ['REGISTER', ['Replaces: a;to-tag=b;from-tag=c'], 400],
  ]

  it.each(beginnings)('by %s %j hears 401 first, and then %i', async (method, headers, status) => {
    const door = await openDoor()
    const challenged = await door.send(stranger, ask(method, headers))
    expect(statuses(challenged)).toEqual([401])
    expect(door.userAgent.load.transactions).toBe(0)
    const nonce = nonceOf(responses(challenged)[0]?.headers.get('www-authenticate') ?? '')
    const credentials = (password: string) => digestText({ username: 'ada', password, method, uri, nonce })
    expect(statuses(await door.send(stranger, ask(method, headers, credentials('guess'))))).toEqual([401])
    expect(door.gateway.door.counters.authFailures).toBe(1)
    expect(statuses(await door.send(stranger, ask(method, headers, credentials('secret'))))).toEqual([status])
    // Whom we know is told at once what is wrong.
    expect(statuses(await door.send(trunk, ask(method, headers)))).toEqual([status])
    door.close()
  })

  it('hears what is wrong with what begins nothing', async () => {
    const door = await openDoor()
    expect(statuses(await door.send(stranger, ask('BYE')))).toEqual([481])
    expect(statuses(await door.send(stranger, ask('OPTIONS', ['Require: foo'])))).toEqual([420])
    door.close()
  })
})

describe('who guesses passwords', () => {
  it('has ten guesses, then silence, even for the right one; elsewhere the user goes on', async () => {
    const door = await openDoor()
    const heard = []
    for (let i = 0; i < 400; i++) heard.push(...(await attempt(door, stranger, 'ada', `guess ${i}`)))
    expect(heard).toEqual(Array(10).fill(401))
    expect(await attempt(door, stranger, 'ada', 'secret')).toEqual([])
    expect(await attempt(door, { host: '198.51.100.7', port: 5060 }, 'ada', 'secret')).toEqual([200])
    expect(door.told).toEqual([
      [
        'security.source_banned',
        { source: strangerHost, failures: 10, until: new Date(1_000_010 + 600_000).toISOString() },
      ],
    ])
    expect(door.gateway.door.counters).toMatchObject({ authFailures: 10, sourcesBanned: 1, sourcesBannedNow: 1 })
    door.clock.advance(600_000)
    expect(await attempt(door, stranger, 'ada', 'secret')).toEqual([200])
    expect(door.gateway.door.counters.sourcesBannedNow).toBe(0)
    door.close()
  })

  it('has ten in a minute over connections, too, however many he opens', async () => {
    const door = await openDoor()
    let looked = 0
    for (let i = 0; i < 50; i++) {
      const authorization = digestText({ username: 'ada', password: `${i}`, method: 'REGISTER', uri, nonce: 'made up' })
      looked += door.connect(strangerHost).send(register('ada', { authorization })).length
    }
    expect([looked, door.told.length]).toEqual([10, 1])
    door.close()
  })

  it('loses all his connections, and gets no new one, until the ban is over; nobody else does', async () => {
    const door = await openDoor()
    const phone = door.connect(strangerHost)
    const [challenge] = responses(phone.send(register('ada')))
    const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? '')
    const credentials = digestText({ username: 'ada', password: 'secret', method: 'REGISTER', uri, nonce })
    expect(statuses(phone.send(register('ada', { authorization: credentials })))).toEqual([200])
    const carrier = door.connect(trunkHost)
    const other = door.connect('198.51.100.7')
    const idle = door.connect(strangerHost)
    const guessing = door.connect(strangerHost)
    const heard = []
    for (let i = 0; i < 12; i++) {
      const authorization = digestText({ username: 'ada', password: `${i}`, method: 'REGISTER', uri, nonce: 'made up' })
      if (!guessing.closed()) heard.push(...statuses(guessing.send(register('ada', { authorization }))))
      door.clock.advance(1)
    }
    expect(heard).toEqual(Array(10).fill(401))
    const late = door.connect(strangerHost)
    door.clock.advance(1)
    expect([guessing, idle, late].map(each => each.closed())).toEqual([true, true, true])
    // A registered phone at the same address is none of his.
    expect([phone, carrier, other].map(each => each.closed())).toEqual([false, false, false])
    door.clock.advance(600_000)
    const next = door.connect(strangerHost)
    door.clock.advance(1)
    expect(next.closed()).toBe(false)
    door.close()
  })

  it('in the name of another address bans nobody and uses up no attempt', async () => {
    const door = await openDoor()
    const spoofed = digestText({ username: 'ada', password: 'guess', method: 'REGISTER', uri, nonce: 'made up' })
    for (let i = 0; i < 100; i++) await door.send(stranger, register('ada', { authorization: spoofed }))
    expect(door.told).toEqual([])
    expect(door.gateway.door.counters).toMatchObject({ authFailures: 10, authThrottled: 90 })
    // It was silent for who guessed, but the rightful owner of the address is served.
    expect(await attempt(door, stranger, 'ada', 'secret')).toEqual([200])
    door.close()
  })

  it('gets no trunk banned, and keeps no other user from registering there', async () => {
    const center = { ...doorCenter, agents: ['ada', 'bob'].map(id => ({ id, password: 'secret' })) }
    const door = await openDoor({ center })
    for (let i = 0; i < 50; i++) await attempt(door, trunk, 'ada', `guess ${i}`)
    expect(door.gateway.door.counters).toMatchObject({ authFailures: 10, sourcesBanned: 0 })
    expect(await attempt(door, trunk, 'ada', 'secret')).toEqual([401])
    expect(await attempt(door, trunk, 'bob', 'secret')).toEqual([200])
    const call = requestText({ method: 'INVITE', uri: 'sip:support@10.0.0.1' })
    expect(statuses(await door.send({ ...trunk, port: 5061 }, call))).toEqual([180])
    door.close()
  })

  it('does not keep a registered phone from refreshing, though it shares its address with him', async () => {
    const door = await openDoor()
    const phone = { host: strangerHost, port: 5070 }
    expect(await attempt(door, phone, 'ada', 'secret')).toEqual([200])
    for (let i = 0; i < 30; i++) await attempt(door, stranger, 'ada', `guess ${i}`)
    expect(door.gateway.door.counters.sourcesBannedNow).toBe(1)
    // What was tried at the same address, and even for the same user, is not the phone's.
    expect(statuses(await door.send(phone, requestText({ method: 'OPTIONS' })))).toEqual([200])
    expect(await attempt(door, phone, 'ada', 'secret')).toEqual([200])
    door.close()
  })
})

describe('a program that says it is a scanner', () => {
  const scan = requestText({ method: 'OPTIONS', headers: ['User-Agent: friendly-scanner'] })

  it('is answered by default', async () => {
    const door = await openDoor()
    expect(statuses(await door.send(stranger, scan))).toEqual([200])
    door.close()
  })

  it('hears nothing if the center says so, unless its address is known', async () => {
    const door = await openDoor({ center: { ...doorCenter, sip: { defence: { ignoreScanners: true } } } })
    expect(await door.send(stranger, scan)).toEqual([])
    expect(statuses(await door.send(trunk, scan))).toEqual([200])
    expect(door.gateway.door.counters.strangersUnanswered).toBe(1)
    door.close()
  })
})
