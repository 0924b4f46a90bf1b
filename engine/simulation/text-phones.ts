/**
 * Callers and agents whose phones are text templates on a network of their own: the whole SIP stack of the engine works, and
 * next to nothing else. Messages take a millisecond and none is lost; phones that misbehave are those of `virtual-phone.ts`.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { DatagramHandlers, Network, SocketAddress } from '../ports/network.ts'
import type { PlannedCall } from './call-plan.ts'

export interface TextPhonesOptions {
  readonly clock: Clock
  /** How long an agent's phone rings until it is answered. */
  answerMs(agentId: string): number
  /** The caller has hung up on whoever he talked to. */
  onTalkEnded(sipCallId: string): void
}

export interface TextPhones {
  readonly network: Network
  /** Where callers call from; a trunk of the center. */
  readonly callersHost: string
  /** @param user the user part of the caller's address @returns the Call-ID */
  call(user: string, plan: Pick<PlannedCall, 'number' | 'patienceMs' | 'talkMs'>): string
  /** Somebody talks to this caller, or does no more: a queue that plays music has answered before. */
  joined(sipCallId: string): void
}

interface Caller {
  readonly id: string
  readonly user: string
  readonly uri: string
  readonly talkMs: number
  /** Hangs up: without an agent because of his patience, with one because all is said. */
  timer: TimerHandle | null
  /** With the tag of the other side, once it has answered. */
  to: string
  contact: string | null
  isJoined: boolean
  isGone: boolean
}

interface Ringing {
  readonly invite: string
  timer: TimerHandle
}

const callersHost = '10.1.0.1'
const engineHost = '10.0.0.1'
const delayMs = 1

export function createTextPhones({ clock, answerMs, onTalkEnded }: TextPhonesOptions): TextPhones {
  const callers = new Map<string, Caller>()
  /** By Call-ID of the agent's leg. */
  const ringing = new Map<string, Ringing>()
  let handlers: DatagramHandlers | null = null
  let inbox: { readonly text: string; readonly from: SocketAddress }[] = []
  let serial = 0

  function deliver(text: string, host: string): void {
    inbox.push({ text, from: { host, port: 5060 } })
    if (inbox.length === 1) clock.setTimeout(arrive, delayMs)
  }

  function arrive(): void {
    const arrived = inbox
    inbox = []
    for (const { text, from } of arrived) handlers?.onMessage(Buffer.from(text), from)
  }

  /** CANCEL and the ACK of a refusal are of the INVITE's transaction (RFC 3261 §9.1, §17.1.1.3). */
  function request(method: string, caller: Caller, sequence: number, body = ''): void {
    const { id, user, uri, to, contact } = caller
    const isOfInvite = method === 'CANCEL' || (method === 'ACK' && contact === null)
    const branch = `z9hG4bK${id}-${isOfInvite ? 'INVITE' : method}`
    deliver(
      `${method} ${isOfInvite ? uri : (contact ?? uri)} SIP/2.0\r\nVia: SIP/2.0/UDP ${callersHost}:5060;branch=${branch};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:${user}@${callersHost}>;tag=f${id}\r\nTo: ${method === 'CANCEL' ? `<${uri}>` : to}\r\n` +
        `Call-ID: ${id}\r\nCSeq: ${sequence} ${method}\r\nContact: <sip:${user}@${callersHost}:5060>\r\n${withBody(body)}`,
      callersHost,
    )
  }

  function hangUp(caller: Caller): void {
    caller.timer = null
    if (caller.isGone) return
    caller.isGone = true
    request(caller.contact === null ? 'CANCEL' : 'BYE', caller, caller.contact === null ? 1 : 2)
    if (caller.isJoined) onTalkEnded(caller.id)
  }

  function toCaller(text: string): void {
    const caller = callers.get(field(text, 'Call-ID'))
    if (!text.startsWith('SIP/2.0 ')) answerRequest(text, callersHost, caller === undefined ? 'gone' : caller.user)
    if (caller === undefined) return
    if (text.startsWith('BYE ')) leave(caller)
    const status = Number(text.startsWith('SIP/2.0 ') ? text.slice(8, 11) : 0)
    if (status < 200) return
    const sequence = field(text, 'CSeq')
    if (sequence.endsWith('INVITE')) {
      caller.to = field(text, 'To')
      if (status < 300) caller.contact = between(field(text, 'Contact'))
      request('ACK', caller, 1)
      // Answered in the moment in which he gave up.
      if (status < 300 && caller.isGone) request('BYE', caller, 2)
      if (status >= 300) leave(caller)
    } else if (sequence.endsWith('BYE')) leave(caller)
  }

  function leave(caller: Caller): void {
    if (caller.timer !== null) clock.clearTimeout(caller.timer)
    caller.timer = null
    caller.isGone = true
    callers.delete(caller.id)
  }

  function toAgent(text: string, host: string): void {
    if (text.startsWith('SIP/2.0 ') || text.startsWith('ACK ')) return
    const id = field(text, 'Call-ID')
    if (text.startsWith('INVITE ') && !field(text, 'To').includes(';tag=')) {
      reply(text, '180 Ringing', host)
      const answer = () => {
        ringing.delete(id)
        reply(text, '200 OK', host, sdp(host))
      }
      ringing.set(id, { invite: text, timer: clock.setTimeout(answer, answerMs(userOf(text))) })
      return
    }
    answerRequest(text, host, userOf(text))
    const rung = text.startsWith('CANCEL ') ? ringing.get(id) : undefined
    if (rung === undefined) return
    clock.clearTimeout(rung.timer)
    ringing.delete(id)
    reply(rung.invite, '487 Request Terminated', host)
  }

  function answerRequest(text: string, host: string, user: string): void {
    if (text.startsWith('ACK ')) return
    reply(text, '200 OK', host, field(text, 'Content-Type') === 'application/sdp' ? sdp(host) : '', user)
  }

  function reply(text: string, status: string, host: string, body = '', user = userOf(text)): void {
    const to = field(text, 'To')
    deliver(
      `SIP/2.0 ${status}\r\nVia: ${field(text, 'Via')}\r\nFrom: ${field(text, 'From')}\r\n` +
        `To: ${to.includes(';tag=') ? to : `${to};tag=a${user}`}\r\nCall-ID: ${field(text, 'Call-ID')}\r\n` +
        `CSeq: ${field(text, 'CSeq')}\r\nContact: <sip:${user}@${host}:5060>\r\n${withBody(body)}`,
      host,
    )
  }

  const network: Network = {
    async bindDatagram(at, given) {
      handlers = given
      return {
        local: { host: at.host, port: at.port },
        send(bytes, { host }) {
          const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()
          if (host === callersHost) toCaller(text)
          else toAgent(text, host)
        },
        close() {},
      }
    },
    listenStream: () => Promise.reject(new Error('there are no streams here')),
    connectStream: () => {
      throw new Error('there are no streams here')
    },
    resolveHost: name => Promise.reject(new Error(`there are no names here: ${name}`)),
    localAddressFor: () => engineHost,
  }

  return {
    network,
    callersHost,
    call(user, { number, patienceMs, talkMs }) {
      serial += 1
      const id = `${serial}@${callersHost}`
      const uri = `sip:${encodeURIComponent(number)}@${engineHost}:5060`
      const caller: Caller = {
        ...{ id, user, uri, talkMs, timer: null, to: `<${uri}>`, contact: null, isJoined: false, isGone: false },
      }
      callers.set(id, caller)
      request('INVITE', caller, 1, sdp(callersHost))
      if (patienceMs !== null) caller.timer = clock.setTimeout(() => hangUp(caller), patienceMs)
      return id
    },
    joined(sipCallId) {
      const caller = callers.get(sipCallId)
      if (caller === undefined || caller.isJoined) return
      caller.isJoined = true
      if (caller.timer !== null) clock.clearTimeout(caller.timer)
      caller.timer = clock.setTimeout(() => hangUp(caller), caller.talkMs)
    },
  }
}

function sdp(host: string): string {
  return (
    `v=0\r\no=phone 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 8 101\r\n` +
    'a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n'
  )
}

function withBody(body: string): string {
  return `${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** Empty if there is no such header. */
function field(text: string, name: string): string {
  const at = text.indexOf(`\r\n${name}: `)
  if (at < 0) return ''
  const start = at + name.length + 4
  return text.slice(start, text.indexOf('\r\n', start))
}

function between(address: string): string {
  const start = address.indexOf('<')
  return start < 0 ? address : address.slice(start + 1, address.indexOf('>', start))
}

/** Of a request's URI. */
function userOf(text: string): string {
  const start = text.indexOf('sip:') + 4
  return text.slice(start, text.indexOf('@', start))
}
