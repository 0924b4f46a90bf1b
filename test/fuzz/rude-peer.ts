/** A SIP peer with a bad line: it plays calls as others do, but some of what it says is mutated, in the whole or in its session description. */
import type { Clock } from '../../engine/ports/clock.ts'
import type { DatagramSocket, Network, SocketAddress } from '../../engine/ports/network.ts'
import type { Random } from '../../engine/ports/random.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../engine/sip/message/message.ts'
import { parseMessage } from '../../engine/sip/message/parse.ts'
import { mutate } from '../../engine/sip/testing/mutation.ts'
import { type RequestText, requestText, responseText } from '../../engine/sip/testing/wire.ts'

export interface RudePeerOptions {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly at: SocketAddress
  readonly engine: SocketAddress
  /** Everything that it is told: what can't be read is null. */
  onHeard(message: SipMessage | null, text: string): void
}

export interface RudePeer {
  /** Mutated messages that it has said. */
  readonly mutated: number
  /** It neither answers nor says anything while that is true. */
  silent: boolean
  /** Places a call, mutated three times of four. */
  call(callId: string, number: string): void
  close(): void
}

/** One side of a dialog. */
interface Side {
  readonly callId: string
  readonly local: string
  readonly remote: string
}

const inDialog = ['INVITE', 'INVITE', 'UPDATE', 'INFO', 'REFER', 'REFER', 'PRACK', 'OPTIONS', 'NOTIFY', 'BYE'] as const
const referredTo = [
  '<sip:a1@10.0.0.1>',
  '<sip:support@10.0.0.1>',
  '<sip:+442071234567@10.0.0.1>',
  '<sip:a1@10.0.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>',
] as const
/** What a call may bring along. */
const luggage = [
  'Supported: 100rel, timer, replaces',
  'Session-Expires: 90',
  'P-Asserted-Identity: <sip:+442079460000@10.1.0.1>',
  'Diversion: <sip:1@10.1.0.1>;reason=no-answer',
  'History-Info: <sip:a@b?Reason=SIP%3Bcause%3D302>;index=1, <sip:c@d>;index=1.1',
  'User-to-User: 56a390f3d2b7310023a2;encoding=hex',
  'Session-ID: 0123456789abcdef0123456789abcdef;remote=00000000000000000000000000000000',
] as const
const refusals = [302, 401, 422, 486, 491, 503] as const

export async function createRudePeer(options: RudePeerOptions): Promise<RudePeer> {
  const { network, at } = options
  let peer: Rude | null = null
  const onMessage = (bytes: Uint8Array) => peer?.hear(Buffer.from(bytes).toString('latin1'))
  const socket = await network.bindDatagram(at, { onMessage, onError: () => {} })
  peer = new Rude(options, socket)
  return peer
}

class Rude implements RudePeer {
  mutated = 0
  silent = false
  readonly #options: RudePeerOptions
  readonly #socket: DatagramSocket
  readonly #sdp: string
  #serial = 0

  constructor(options: RudePeerOptions, socket: DatagramSocket) {
    const { host } = options.at
    this.#options = options
    this.#socket = socket
    this.#sdp = `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n`
  }

  call(callId: string, number: string): void {
    const { host } = this.#options.at
    const required = this.#oneOf(4) ? ['Require: 100rel'] : []
    const call = {
      ...{ method: 'INVITE', uri: `sip:${number}@10.0.0.1`, callId, fromTag: `f${callId}` },
      ...{ from: `<sip:c@${host}>`, to: `<sip:${number}@10.0.0.1>`, body: this.#sdp },
      headers: [...luggage, ...required],
    }
    if (this.#oneOf(4)) this.#say(this.#request(call))
    else this.#sayMutated(call)
  }

  hear(text: string): void {
    const result = parseMessage(Buffer.from(text, 'latin1'))
    const message = result.ok ? result.message : null
    this.#options.onHeard(message, text)
    if (this.silent || message === null) return
    if (message.kind === 'request') this.#answer(message)
    else if (message.status >= 200 && message.status < 300 && message.headers.get('cseq')?.endsWith('INVITE'))
      this.#acknowledge(message)
  }

  close(): void {
    this.#socket.close()
  }

  #acknowledge({ headers }: SipResponse): void {
    const side = { callId: headers.callId, local: headers.get('from') ?? '', remote: headers.get('to') ?? '' }
    const sequence = Number.parseInt(headers.get('cseq') ?? '1', 10)
    this.#say(this.#request({ method: 'ACK', sequence, ...within(side) }))
    if (sequence !== 1) return
    this.#later(20 + this.#draw(300), () => {
      for (let turn = 0; turn < 4; turn++) this.#misbehave(side, 2 + turn)
      this.#later(400, () => this.#say(this.#request({ method: 'BYE', sequence: 99, ...within(side) })))
    })
  }

  #answer(request: SipRequest): void {
    const { method, headers } = request
    if (method === 'ACK') return
    const toTag = `peer${this.#draw(3)}`
    const contact = `Contact: <sip:peer@${this.#options.at.host}>`
    const reply = (status: number, more: readonly string[] = [], body = '') =>
      responseText(request, status, { toTag, headers: [contact, ...more], body })
    if (method !== 'INVITE') {
      this.#say(reply(200))
      return
    }
    if (this.#oneOf(3)) this.#sayBent(reply(183, ['Require: 100rel', 'RSeq: 7'], this.#sdp))
    else this.#say(reply(180))
    const turn = this.#draw(6)
    const timers = ['Session-Expires: 90;refresher=uas', 'Allow: UPDATE, INVITE']
    if (turn === 5) {
      const status = refusals[this.#draw(refusals.length)] ?? 486
      this.#sayBent(reply(status, ['Retry-After: 1', 'WWW-Authenticate: Digest realm="x", nonce="y"', 'Min-SE: 200']))
    } else if (turn < 3) this.#say(reply(200, timers, this.#sdp))
    else if (turn === 3) this.#say(reply(200, timers, this.#bend(this.#sdp)))
    else this.#sayBent(reply(200, timers, this.#sdp))
    if (headers.toTag !== '' || !this.#oneOf(2)) return
    const side = {
      callId: headers.callId,
      local: `${headers.get('to')};tag=${toTag}`,
      remote: headers.get('from') ?? '',
    }
    this.#later(100, () => this.#misbehave(side, 5))
  }

  /** Says something mutated within a dialog. */
  #misbehave(side: Side, sequence: number): void {
    const method = inDialog[this.#draw(inDialog.length)] ?? 'BYE'
    const request = { method, sequence, ...within(side) }
    if (method === 'INVITE' || method === 'UPDATE') this.#sayMutated({ ...request, body: this.#sdp })
    else if (method === 'INFO')
      this.#sayMutated({ ...request, body: 'Signal=5\r\nDuration=160\r\n', contentType: 'application/dtmf-relay' })
    else if (method === 'REFER') {
      const refer = { ...request, headers: [`Refer-To: ${referredTo[this.#draw(referredTo.length)]}`] }
      // Whole ones too, or few transfers would ever begin.
      if (this.#oneOf(2)) this.#say(this.#request(refer))
      else this.#sayMutated(refer)
    } else this.#sayMutated({ ...request, headers: ['RAck: 1 1 INVITE', 'Event: refer'] })
  }

  #request(options: RequestText): string {
    const { host } = this.#options.at
    const via = `SIP/2.0/UDP ${host}:5060;branch=z9hG4bK${host}-${++this.#serial};rport`
    return requestText({ ...options, via, headers: [`Contact: <sip:peer@${host}>`, ...(options.headers ?? [])] })
  }

  /** Mutated as a whole, or in a body that arrives whole. */
  #sayMutated(options: RequestText): void {
    if (options.body === undefined || this.#oneOf(2)) this.#sayBent(this.#request(options))
    else this.#say(this.#request({ ...options, body: this.#bend(options.body) }))
  }

  #sayBent(text: string): void {
    this.#say(this.#bend(text))
  }

  #bend(text: string): string {
    this.mutated++
    return mutate(text, this.#options.random)
  }

  #say(text: string): void {
    if (!this.silent) this.#socket.send(Buffer.from(text, 'latin1'), this.#options.engine)
  }

  #later(ms: number, act: () => void): void {
    this.#options.clock.setTimeout(act, ms)
  }

  #draw(count: number): number {
    return this.#options.random.uint32() % count
  }

  #oneOf(count: number): boolean {
    return this.#draw(count) === 0
  }
}

/** Tags stand in the values already. */
function within({ callId, local, remote }: Side): Omit<RequestText, 'method'> {
  return { callId, from: local, fromTag: '', to: remote, uri: 'sip:10.0.0.1:5060' }
}
