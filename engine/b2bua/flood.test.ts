/** Floods and amplification (SIP.md §2 rows 14 and 15): who sends much gets little, and nobody else hears of it. */
import { describe, expect, it } from 'vitest'
import { createNodeClock } from '../node/clock.ts'
import { createNodeNetwork } from '../node/network.ts'
import { createNodeRandom } from '../node/random.ts'
import { noLoad } from '../ports/load.ts'
import { requestText } from '../sip/testing/wire.ts'
import { digestText, nonceOf } from './testing/digest.ts'
import { openDoor, openDoorway, requests, responses, statuses, strangerHost, trunkHost } from './testing/door.ts'
import { junk, junkKinds } from './testing/junk.ts'

const flooder = { host: strangerHost, port: 5060 }
const trunk = { host: trunkHost, port: 5060 }

describe('1,500 packets a second from one address, for a minute', () => {
  it('get at most 300 answers, and cost nobody else any', async () => {
    const door = await openDoor()
    const other = { host: '198.51.100.9', port: 5060 }
    const neighbour = { host: strangerHost, port: 5099 }
    for (const at of [flooder, other, neighbour, trunk]) await door.bind(at)
    let answers = 0
    let othersAnswered = 0
    for (let serial = 0; serial < 90_000; serial++) {
      if (serial % 3 === 0) door.clock.advance(2)
      answers += door.sendNow(flooder, junk(serial)).length
      if (serial % 1_500 !== 0) continue
      const own = { branch: `z9hG4bKother${serial}`, callId: `other-${serial}` }
      othersAnswered += door.sendNow(other, requestText({ method: 'OPTIONS', ...own })).length
      othersAnswered += door.sendNow(trunk, requestText({ method: 'OPTIONS', ...own, callId: `t${serial}` })).length
    }
    expect(answers).toBeGreaterThan(100)
    expect(answers).toBeLessThanOrEqual(300)
    expect(othersAnswered).toBe(120)
    // All that is remembered is that he has had enough.
    expect(door.userAgent.load).toEqual({ dialogs: 0, transactions: 0 })
    expect(door.gateway.door.counters).toMatchObject({ strangersUnanswered: 90_000 - answers, sourcesBanned: 0 })
    expect(door.faults).toEqual([])
    door.close()
  })

  it('do not touch a call of the same address', async () => {
    const door = await openDoor({
      center: { trunks: [], agents: [{ id: 'ada', contact: `sip:ada@${strangerHost}:5080` }] },
    })
    const phone = { host: strangerHost, port: 5080 }
    const ended: string[] = []
    door.onCall = ({ invite }) => {
      invite.accept('v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\n', false, {
        onOffer: () => {},
        onAnswer: () => {},
        onEnded: () => ended.push('ended'),
      })
    }
    const call = { callId: 'mine', fromTag: 'mine' }
    const [ok] = responses(
      await door.send(phone, requestText({ method: 'INVITE', uri: 'sip:user@10.0.0.1', ...call })),
    ).filter(({ status }) => status === 200)
    const toTag = ok?.headers.toTag ?? ''
    // A phone behind the same address from a port that nobody knows: only its dialog speaks for it.
    const elsewhere = { host: strangerHost, port: 6666 }
    await door.send(elsewhere, requestText({ method: 'ACK', ...call, toTag, branch: 'z9hG4bKack' }))
    await door.bind(flooder)
    for (let serial = 0; serial < 2_000; serial++) door.sendNow(flooder, junk(serial))
    const bye = requestText({ method: 'BYE', ...call, toTag, branch: 'z9hG4bKbye', sequence: 2 })
    expect([statuses(await door.send(elsewhere, bye)), ended]).toEqual([[200], ['ended']])
    door.close()
  })

  it('leave a phone its way in: credentials are weighed by themselves', async () => {
    const door = await openDoor()
    await door.bind(flooder)
    const before = door.sendNow(flooder, requestText({ method: 'REGISTER', callId: 'first', branch: 'z9hG4bKfirst' }))
    expect(statuses(before)).toEqual([401])
    for (let serial = 0; serial < 2_000; serial++) door.sendNow(flooder, junk(serial))
    expect(door.sendNow(flooder, requestText({ method: 'OPTIONS', branch: 'z9hG4bKlast', callId: 'last' }))).toEqual([])
    const nonce = nonceOf(responses(before)[0]?.headers.get('www-authenticate') ?? '')
    const authorization = digestText({
      username: 'ada',
      password: 'secret',
      method: 'REGISTER',
      uri: 'sip:10.0.0.1',
      nonce,
    })
    const phone = requestText({
      method: 'REGISTER',
      uri: 'sip:10.0.0.1',
      to: '<sip:ada@10.0.0.1>',
      callId: 'first',
      branch: 'z9hG4bKsecond',
      sequence: 2,
      headers: ['Contact: <sip:ada@192.0.2.66>', `Authorization: ${authorization}`],
    })
    expect(statuses(door.sendNow(flooder, phone))).toEqual([200])
    door.close()
  })
})

describe('amplification', () => {
  const tiny = (method: string, more = '') =>
    `${method} sip:a SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK${method}${more.length}\r\nf:<sip:a>;tag=1\r\nt:<sip:a>\r\ni:${method}${more.length}\r\nCSeq:1 ${method}\r\n${more}\r\n`

  it.each([
    tiny('OPTIONS'),
    tiny('REGISTER'),
    tiny('INVITE'),
    tiny('PUBLISH'),
    tiny('CANCEL'),
    tiny('BYE'),
    tiny('INFO'),
    tiny('OPTIONS', 'Require:x\r\n'),
    tiny('OPTIONS', 'Max-Forwards:x\r\n'),
    tiny('OPTIONS').replace('2.0\r\nv', '9.0\r\nv'),
    ...[...Array(junkKinds).keys()].map(junk),
  ])('case %#: at most three times what came in, once, and no longer than it must be', async text => {
    const door = await openDoor()
    const sent = await door.send(flooder, text)
    const [answer] = responses(sent)
    const bytes = sent.reduce((sum, one) => sum + Buffer.byteLength(one.text), 0)
    expect(sent.length).toBeLessThanOrEqual(1)
    expect(bytes).toBeLessThanOrEqual(3 * Buffer.byteLength(text))
    // Who he is and where he called from has to be said; beyond that only a challenge and our options are longer.
    if (answer !== undefined && ![200, 401].includes(answer.status))
      expect(bytes).toBeLessThanOrEqual(text.length + 128)
    door.clock.advance(60_000)
    expect([door.sent.length, door.userAgent.load.transactions]).toEqual([sent.length, 0])
    door.close()
  })

  it('a challenge to a short request names one algorithm', async () => {
    const door = await openDoor()
    const [challenge] = responses(await door.send(flooder, tiny('REGISTER', 's: x\r\n')))
    expect(challenge?.status).toBe(401)
    expect(challenge?.headers.fields('www-authenticate')).toHaveLength(1)
    door.close()
  })

  it('sends nothing to an address that is merely named', async () => {
    const door = await openDoor()
    const victim = '203.0.113.5'
    const named = [
      `Contact: <sip:a@${victim};maddr=${victim}>`,
      `Route: <sip:${victim};lr>`,
      `Record-Route: <sip:${victim};lr>`,
      `Reply-To: <sip:a@${victim}>`,
    ]
    for (const method of ['OPTIONS', 'REGISTER', 'INVITE', 'PUBLISH', 'BYE', 'CANCEL', 'ACK']) {
      const text = requestText({
        method,
        uri: `sip:a@${victim};maddr=${victim}`,
        via: `SIP/2.0/UDP ${victim};branch=z9hG4bK${method};maddr=${victim};received=${victim}`,
        headers: named,
        callId: method,
      })
      await door.send(flooder, text)
      await door.send(flooder, text.replace('SIP/2.0\r', 'SIP/3.0\r'))
      // A trunk names another address in Via, too, when it is behind one.
      await door.send(trunk, text.replace(`branch=z9hG4bK`, 'branch=z9hG4bKtrunk'))
      door.connect(strangerHost).send(text)
    }
    door.clock.advance(60_000)
    expect(door.sent.length).toBeGreaterThan(10)
    expect(door.sent.filter(({ to }) => to.host === victim)).toEqual([])
    expect(requests(door.sent)).toEqual([])
    door.close()
  })
})

describe('over real UDP', () => {
  it('a flood gets its ration, and the one beside it every answer', async () => {
    const clock = createNodeClock()
    const network = createNodeNetwork()
    const port = 20_000 + (process.pid % 20_000)
    const listen = [{ transport: 'UDP', host: '127.0.0.1', port }] as const
    const doorway = await openDoorway({ clock, random: createNodeRandom(), network, load: noLoad, listen })
    const heard = { flooder: 0, other: 0 }
    const socket = (host: string, who: keyof typeof heard) =>
      network.bindDatagram(
        { host, port: 0 },
        { onMessage: () => heard[who]++, onError: error => doorway.faults.push(error) },
      )
    const attacker = await socket('127.0.0.66', 'flooder')
    const other = await socket('127.0.0.9', 'other')
    const to = { host: '127.0.0.1', port }
    const turn = () => new Promise<void>(resolve => setImmediate(resolve))
    const startedAt = clock.now()
    for (let serial = 0; serial < 3_000; serial++) {
      attacker.send(junk(serial), to)
      if (serial % 100 === 0)
        other.send(requestText({ method: 'OPTIONS', branch: `z9hG4bKo${serial}`, callId: `o${serial}` }), to)
      if (serial % 10 === 0) await turn()
    }
    for (const until = clock.now() + 5_000; heard.other < 30 && clock.now() < until; ) await turn()
    const elapsedSec = (clock.now() - startedAt) / 1000
    expect(heard.other).toBe(30)
    expect(heard.flooder).toBeGreaterThan(0)
    expect(heard.flooder).toBeLessThanOrEqual(40 + Math.ceil(4 * elapsedSec))
    expect(doorway.faults).toEqual([])
    attacker.close()
    other.close()
    doorway.close()
  })
})
