/**
 * A network whose peers are text templates: callers who hang up as soon as they are answered, and agents who ring and
 * answer at once. It costs next to nothing, so that what is measured is the engine.
 */
import type { DatagramHandlers, Network, SocketAddress } from '../../engine/ports/network.ts'

export interface ScriptedNetwork extends Network {
  /** Places calls, so many at once. @returns how many were answered and ended in good order */
  playCalls(count: number, atOnce: number): Promise<number>
  /** Places calls that nobody looks after any more: for a queue without agents. */
  placeCalls(count: number, number?: string): void
  /** How many callers have heard that it rings. */
  readonly ringing: number
  /** Places calls, and from now on another one for each that ends, so that there are always so many. */
  keepCalls(count: number): void
  /** Of those that are kept. Resolves when so many more have ended in good order. */
  callsEnded(count: number): Promise<number>
}

const caller: SocketAddress = { host: '10.0.0.2', port: 5060 }
const agent: SocketAddress = { host: '10.0.0.3', port: 5060 }
const engine: SocketAddress = { host: '10.0.0.1', port: 5060 }
const sdp = (host: string) =>
  `v=0\r\no=peer 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n`
const callerSdp = sdp(caller.host)
const agentSdp = sdp(agent.host)

/** `defer` is how a message travels: what it is given is called later, in order. */
export function createScriptedNetwork(defer: (arrive: () => void) => void = setImmediate): ScriptedNetwork {
  let handlers: DatagramHandlers | null = null
  const inbox: { text: string; from: SocketAddress }[] = []
  let scheduled = false
  let serial = 0
  let ringing = 0
  /** A call has ended in good order. */
  let onEnded = () => {}
  let awaited = 0
  let reach = () => {}

  function deliver(text: string, from: SocketAddress): void {
    inbox.push({ text, from })
    if (scheduled) return
    scheduled = true
    defer(drain)
  }

  function drain(): void {
    scheduled = false
    for (const { text, from } of inbox.splice(0)) handlers?.onMessage(Buffer.from(text), from)
  }

  function callerRequest(method: string, call: string, sequence: number, uri: string, to: string, body = ''): string {
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-${call}-${method}-${sequence};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: "Caller" <sip:${call}@10.0.0.2:5060>;tag=f${call}\r\nTo: ${to}\r\nCall-ID: ${call}@10.0.0.2\r\n` +
      `CSeq: ${sequence} ${method}\r\nContact: <sip:caller@10.0.0.2:5060>\r\n${body === '' ? '' : 'Content-Type: application/sdp\r\n'}` +
      `Content-Length: ${body.length}\r\n\r\n${body}`
    )
  }

  function place(number = 'bench'): void {
    const call = `c${++serial}`
    const uri = `sip:${number}@10.0.0.1:5060`
    deliver(callerRequest('INVITE', call, 1, uri, `<${uri}>`, callerSdp), caller)
  }

  function placeAnother(): void {
    place()
    if (--awaited === 0) reach()
  }

  function toCaller(text: string): void {
    if (text.startsWith('SIP/2.0 180')) ringing++
    if (!text.startsWith('SIP/2.0 200')) return
    const call = field(text, 'Call-ID').split('@')[0] ?? ''
    const to = field(text, 'To')
    if (field(text, 'CSeq').endsWith('INVITE')) {
      const uri = field(text, 'Contact').slice(1, -1)
      deliver(callerRequest('ACK', call, 1, uri, to), caller)
      deliver(callerRequest('BYE', call, 2, uri, to), caller)
      return
    }
    onEnded()
  }

  function toAgent(text: string): void {
    const method = text.slice(0, text.indexOf(' '))
    if (method === 'ACK' || method === 'SIP/2.0') return
    const tagged = field(text, 'To').includes(';tag=') ? field(text, 'To') : `${field(text, 'To')};tag=agent`
    const reply = (status: string, body = '') =>
      deliver(
        `SIP/2.0 ${status}\r\nVia: ${field(text, 'Via')}\r\nFrom: ${field(text, 'From')}\r\nTo: ${tagged}\r\n` +
          `Call-ID: ${field(text, 'Call-ID')}\r\nCSeq: ${field(text, 'CSeq')}\r\nContact: <sip:agent@10.0.0.3:5060>\r\n` +
          `${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`,
        agent,
      )
    if (method === 'INVITE') {
      reply('180 Ringing')
      reply('200 OK', agentSdp)
    } else reply('200 OK')
  }

  return {
    async bindDatagram(at, given) {
      // Nobody sends RTP.
      if (at.port === engine.port) handlers = given
      return {
        local: { host: at.host, port: at.port },
        send(bytes, to) {
          const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()
          if (to.host === caller.host) toCaller(text)
          else toAgent(text)
        },
        close() {},
      }
    },
    listenStream: () => Promise.reject(new Error('no streams here')),
    connectStream: () => {
      throw new Error('no streams here')
    },
    resolveHost: name => Promise.reject(new Error(`no names here: ${name}`)),
    localAddressFor: () => engine.host,
    placeCalls(count, number) {
      for (let i = 0; i < count; i++) place(number)
    },
    get ringing() {
      return ringing
    },
    keepCalls(count) {
      onEnded = placeAnother
      for (let i = 0; i < count; i++) place()
    },
    callsEnded: count =>
      new Promise(resolve => {
        awaited = count
        reach = () => resolve(count)
      }),
    playCalls(count, atOnce) {
      let left = count - Math.min(atOnce, count)
      let answered = 0
      return new Promise(resolve => {
        onEnded = () => {
          answered++
          if (left-- > 0) place()
          else if (answered === count) resolve(answered)
        }
        for (let i = left; i < count; i++) place()
      })
    },
  }
}

function field(text: string, name: string): string {
  const start = text.indexOf(`\r\n${name}: `) + name.length + 4
  return text.slice(start, text.indexOf('\r\n', start))
}
