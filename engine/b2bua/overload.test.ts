/** Overload at the door (SIP.md §2 row 6): new calls are sent away for next to nothing, and nothing else is. */
import { describe, expect, it } from 'vitest'
import { offerSdp, type RequestText, requestText } from '../sip/testing/wire.ts'
import { digestText, nonceOf } from './testing/digest.ts'
import { doorCenter, openDoor, responses, statuses, strangerHost, trunkHost } from './testing/door.ts'

const trunk = { host: trunkHost, port: 5060 }
const answerSdp = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n'

function invite(id: string, more: Partial<RequestText> = {}): string {
  return requestText({
    method: 'INVITE',
    uri: 'sip:support@10.0.0.1',
    via: `SIP/2.0/UDP ${trunkHost}:5060;branch=z9hG4bK${id};rport`,
    callId: id,
    fromTag: id,
    headers: [`Contact: <sip:caller@${trunkHost}>`],
    body: offerSdp,
    ...more,
  })
}

async function busyDoor() {
  const socket = { waitedMs: 0 }
  const door = await openDoor({ waitedMs: () => socket.waitedMs })
  await door.bind(trunk)
  let ended = 0
  door.onCall = admission => {
    door.admissions.push(admission)
    if (admission.invite.request.headers.callId.startsWith('answered'))
      admission.invite.accept(answerSdp, false, {
        onOffer: exchange => exchange.accept(answerSdp),
        onAnswer: () => {},
        onEnded: () => ended++,
      })
  }
  /** Calls come until the control has seen the load and let none through but a few. */
  function overload(): void {
    socket.waitedMs = 900
    for (let i = 0; i < 300; i++) {
      door.clock.advance(10)
      door.sendNow(trunk, invite(`fill${i}`))
    }
    expect(door.gateway.door.counters.overloaded).toBe(true)
  }
  return { door, socket, overload, ended: () => ended }
}

describe('a door with too much to do', () => {
  it('answers new calls with 503 and a random Retry-After, and keeps nothing of them', async () => {
    const { door, overload } = await busyDoor()
    overload()
    const { transactions } = door.userAgent.load
    const answers = Array.from({ length: 100 }, (_, i) => responses(door.sendNow(trunk, invite(`late${i}`))))
    const refused = answers.flat().filter(({ status }) => status === 503)
    // Some are always let in.
    expect(refused.length).toBeGreaterThanOrEqual(95)
    const times = refused.map(({ headers }) => Number(headers.get('retry-after')))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(5)
    expect(new Set(times).size).toBeGreaterThan(5)
    expect(door.userAgent.load.transactions - transactions).toBeLessThanOrEqual(5)
    // The ACK to what was kept by nobody, and a CANCEL of it.
    expect(door.sendNow(trunk, invite('late50').replace(/INVITE/g, 'ACK'))).toEqual([])
    expect(statuses(door.sendNow(trunk, invite('late50').replace(/INVITE/g, 'CANCEL')))).toEqual([481])
    door.close()
  })

  it('tells a proxy that knows overload control how much less it wants', async () => {
    const { door, overload } = await busyDoor()
    overload()
    const asking = (id: string, host: string) =>
      invite(id, { via: `SIP/2.0/UDP ${host}:5060;branch=z9hG4bK${id};rport;oc;oc-algo="loss,A"` })
    const heard = (from: { host: string; port: number }, id: string) =>
      Array.from({ length: 10 }, (_, i) => responses(door.sendNow(from, asking(`${id}${i}`, from.host))))
        .flat()
        .filter(({ status }) => status === 503)
        .map(({ headers }) => headers.via?.params)
    const [known] = heard(trunk, 'known')
    expect(Number(known?.get('oc'))).toBeGreaterThanOrEqual(50)
    expect(Number(known?.get('oc'))).toBeLessThanOrEqual(100)
    expect([known?.get('oc-algo'), known?.get('oc-validity')]).toEqual(['loss', '1000'])
    expect(known?.get('oc-seq')).toMatch(/^\d+\.\d+$/)
    door.close()
  })

  it('lets strangers use up no place of a caller: theirs are no calls until they show who they are', async () => {
    const { door, overload } = await busyDoor()
    const strangers = Array.from({ length: 10 }, (_, i) => ({ host: `192.0.2.${100 + i}`, port: 5060 }))
    for (const stranger of strangers) await door.bind(stranger)
    overload()
    const rung = door.admissions.length
    let refused = 0
    for (let i = 0; i < 100; i++) {
      // Ten times as many as our callers send, and ahead of them.
      strangers.forEach((stranger, j) => {
        const via = `SIP/2.0/UDP ${stranger.host}:5060;branch=z9hG4bKs${i}-${j};rport`
        // A challenge, until there have been too many.
        expect(statuses(door.sendNow(stranger, invite(`stranger${i}-${j}`, { via })))).not.toContain(503)
      })
      door.clock.advance(100)
      refused += statuses(door.sendNow(trunk, invite(`caller${i}`))).filter(status => status === 503).length
    }
    expect([refused, door.admissions.length - rung]).toEqual([0, 100])
    door.close()
  })

  it('sends a stranger away who has shown who he is, and tells him no more than when to come back', async () => {
    const { door, overload } = await busyDoor()
    const stranger = { host: strangerHost, port: 5060 }
    await door.bind(stranger)
    overload()
    for (let i = 0; i < 10; i++) door.sendNow(trunk, invite(`more${i}`))
    const asking = `SIP/2.0/UDP ${strangerHost}:5060;branch=z9hG4bKx;rport;oc;oc-algo="loss,A"`
    const [challenge] = responses(door.sendNow(stranger, invite('x', { via: asking })))
    const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? '')
    const uri = 'sip:support@10.0.0.1'
    const shown = digestText({ username: 'ada', password: 'secret', method: 'INVITE', uri, nonce })
    const again = invite('x', {
      via: asking.replace('z9hG4bKx', 'z9hG4bKy'),
      sequence: 2,
      headers: [`Contact: <sip:ada@${strangerHost}>`, `Authorization: ${shown}`],
    })
    const [answer] = responses(door.sendNow(stranger, again))
    expect([answer?.status, answer?.headers.integer('retry-after')]).toEqual([503, expect.any(Number)])
    expect([answer?.headers.via?.params.get('oc'), answer?.headers.via?.params.get('oc-algo')]).toEqual(['', 'loss,A'])
    door.close()
  })

  it('serves everything that is no new call', async () => {
    const { door, overload, ended } = await busyDoor()
    const ok = responses(door.sendNow(trunk, invite('answered'))).find(({ status }) => status === 200)
    const inDialog = { callId: 'answered', fromTag: 'answered', toTag: ok?.headers.toTag ?? '' }
    door.sendNow(trunk, requestText({ method: 'ACK', branch: 'z9hG4bKack', ...inDialog }))
    door.sendNow(trunk, invite('ringing'))
    const rung = door.admissions.length
    const phone = { host: '192.0.2.5', port: 5060 }
    const register = (sequence: number, authorization: string | null) =>
      requestText({
        method: 'REGISTER',
        uri: 'sip:10.0.0.1',
        to: '<sip:ada@10.0.0.1>',
        branch: `z9hG4bKr${sequence}`,
        callId: 'register',
        sequence,
        headers: [
          'Contact: <sip:ada@192.0.2.5>',
          ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
        ],
      })
    const [challenge] = responses(await door.send(phone, register(1, null)))
    const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? '')
    const credentials = (nc: number) =>
      digestText({ username: 'ada', password: 'secret', method: 'REGISTER', uri: 'sip:10.0.0.1', nonce, nc })
    overload()

    // A new phone and one that refreshes.
    expect(statuses(door.sendNow(phone, register(2, credentials(1))))).toEqual([200])
    expect(statuses(door.sendNow(phone, register(3, credentials(2))))).toEqual([200])
    expect(statuses(door.sendNow(trunk, requestText({ method: 'OPTIONS', callId: 'o' })))).toEqual([200])
    // A copy of an INVITE that is being served is no new call.
    expect(statuses(door.sendNow(trunk, invite('ringing')))).toEqual([100])
    const reinvite = requestText({
      method: 'INVITE',
      branch: 'z9hG4bKre',
      sequence: 2,
      body: offerSdp,
      headers: [`Contact: <sip:caller@${trunkHost}>`],
      ...inDialog,
    })
    expect(statuses(door.sendNow(trunk, reinvite))).toContain(200)
    door.sendNow(trunk, requestText({ method: 'ACK', branch: 'z9hG4bKreack', sequence: 2, ...inDialog }))
    expect(statuses(door.sendNow(trunk, invite('ringing').replace(/INVITE/g, 'CANCEL')))).toEqual([200, 487])
    expect(
      statuses(door.sendNow(trunk, requestText({ method: 'BYE', branch: 'z9hG4bKb', sequence: 3, ...inDialog }))),
    ).toEqual([200])
    expect([ended(), rung]).toEqual([1, 2])
    door.close()
  })

  it('opens again by itself, within ten seconds, and says so once', async () => {
    const { door, socket, overload } = await busyDoor()
    overload()
    socket.waitedMs = 20
    let lastRefusedMs = 0
    const from = door.clock.now()
    for (let i = 0; i < 200; i++) {
      door.clock.advance(100)
      const [status] = statuses(door.sendNow(trunk, invite(`after${i}`)))
      if (status === 503) lastRefusedMs = door.clock.now() - from
    }
    expect(lastRefusedMs).toBeLessThan(10_000)
    expect(door.told.map(([type]) => type)).toEqual(['security.overload_started', 'security.overload_ended'])
    expect(door.told[0]?.[1]).toEqual({ reason: 'load', callsActive: 0 })
    expect(door.gateway.door.counters.overloaded).toBe(false)
    door.close()
  })
})

describe('the bounds', () => {
  it('maxCalls: the next call gets 503 until one has ended', async () => {
    const door = await openDoor({ center: { ...doorCenter, sip: { overload: { maxCalls: 2 } } } })
    door.activeCalls = 2
    expect(statuses(await door.send(trunk, invite('third')))).toEqual([503])
    door.activeCalls = 1
    expect(statuses(await door.send(trunk, invite('fourth')))).toEqual([180])
    expect(door.told[0]).toEqual(['security.overload_started', { reason: 'calls', callsActive: 2 }])
    expect(door.gateway.door.counters).toMatchObject({ callsShed: 1, overloaded: true })
    door.close()
  })

  it('10,000 half-open INVITEs, refused or ringing, are all there ever are', async () => {
    const door = await openDoor()
    await door.bind(trunk)
    const heard = new Map<number, number>()
    for (let i = 0; i < 12_000; i++) {
      // Every third is refused, and the ACK never comes.
      const uri = i % 3 === 0 ? 'sip:nobody@10.0.0.1' : 'sip:support@10.0.0.1'
      for (const status of statuses(door.sendNow(trunk, invite(`half${i}`, { uri }))))
        heard.set(status, (heard.get(status) ?? 0) + 1)
    }
    expect(door.userAgent.halfOpen).toBe(10_000)
    expect(door.userAgent.load.transactions).toBe(10_000)
    expect(heard.get(503)).toBe(2_000)
    // Those that nobody acknowledged are given up (Timer H, 32 s), and there is room again.
    door.clock.advance(33_000)
    expect(door.userAgent.halfOpen).toBe(6_666)
    expect(statuses(door.sendNow(trunk, invite('room')))).toEqual([180])
    door.close()
    expect(door.userAgent.halfOpen).toBe(0)
  })
})
