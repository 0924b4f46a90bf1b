/** A phone made of the npm package `sip`, over UDP: another author's stack that is there wherever Node is. */
import { createHash, randomBytes } from 'node:crypto'
import * as sip from 'sip'
import { onTestFinished } from 'vitest'
import { until } from './deadline.ts'
import { freePort } from './loopback.ts'

/** A call that was answered. */
export interface PackageCall {
  /** Offers anew with a direction of RFC 3264 §5.1; resolves with the status of the answer. */
  offer(direction: 'sendrecv' | 'sendonly'): Promise<number>
  /** Ends it; resolves with the status of the answer to the BYE. */
  hangUp(): Promise<number>
  /** Resolves when the other side has hung up. */
  readonly hungUp: Promise<void>
}

interface PhoneOptions {
  /** At once, or by {@link PackagePhone.answer}. */
  readonly answers?: 'auto' | 'when told'
}

/** Who calls. */
const customer = '+442079460000'
/** A port that is no one's: audio is not what such a call is about. */
const nowhere = 9000

export class PackagePhone {
  readonly host: string
  readonly port: number
  /** The calls that it was called for, as Replaces names their dialogs (RFC 3891): from the point of view of the caller. */
  readonly dialogs: string[] = []
  readonly #stack: sip.Stack
  readonly #hungUp = new Map<string, () => void>()
  readonly #answers: PhoneOptions['answers']
  readonly #ringing: (() => void)[] = []
  /** By Call-ID: whoever sees too late that it was heard says an ACK or a BYE again. */
  readonly #answered = new Set<string>()
  readonly #ended = new Set<string>()

  constructor(host: string, port: number, { answers = 'auto' }: PhoneOptions) {
    this.host = host
    this.port = port
    this.#answers = answers
    this.#stack = sip.create({ address: host, port, tcp: false }, request => this.#onRequest(request))
    onTestFinished(() => this.#stack.destroy())
  }

  /** Calls that it answered and that were then hung up by the other side. */
  get calls(): { readonly answered: number; readonly ended: number } {
    return { answered: this.#answered.size, ended: this.#ended.size }
  }

  /** Answers the call that rings longest, or the next one that does. */
  async answer(): Promise<void> {
    const answer = await until('a call to ring', () => this.#ringing.shift() ?? null)
    answer()
  }

  /**
   * Calls `user` at `address` (`host:port`); `rtpPort` is where the caller hears, if anywhere.
   * @throws an Error with the status if it isn't answered
   */
  async call(user: string, address: string, rtpPort = nowhere): Promise<PackageCall> {
    const uri = `sip:${user}@${address}`
    const invite = this.#request('INVITE', uri, { content: this.#sdp(rtpPort) })
    const answer = await this.#final(invite)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.reason}`)
    const target = answer.headers.contact?.[0]?.uri ?? uri
    let seq = 1
    const inDialog = (method: string, content?: string): sip.Message => ({
      ...this.#request(method, target, content === undefined ? {} : { content }),
      headers: {
        ...invite.headers,
        to: answer.headers.to,
        cseq: { method, seq },
        via: [],
        'content-type': content === undefined ? undefined : 'application/sdp',
      },
    })
    const ask = async (method: string, content?: string) => {
      seq++
      return (await this.#final(inDialog(method, content))).status ?? 0
    }
    const hungUp = new Promise<void>(resolve => this.#hungUp.set(invite.headers['call-id'], resolve))
    this.#stack.send(inDialog('ACK'))
    return {
      hungUp,
      hangUp: () => ask('BYE'),
      offer: async direction => {
        const status = await ask('INVITE', this.#sdp(rtpPort, { version: seq + 1, direction }))
        this.#stack.send(inDialog('ACK'))
        return status
      },
    }
  }

  /**
   * Registers `user`, answering the challenge of one algorithm. Resolves with the algorithms in the order in which
   * they were offered, and the final status.
   */
  async register(user: string, password: string, address: string, algorithm: 'MD5' | 'SHA-256') {
    const uri = `sip:${address}`
    const register = this.#request('REGISTER', uri, { user })
    const refused = await this.#final(register)
    const challenges = refused.headers['www-authenticate'] ?? []
    const offered = challenges.map(challenge => unquoted(challenge.algorithm))
    const chosen = challenges.find(challenge => unquoted(challenge.algorithm) === algorithm)
    if (chosen === undefined) throw new Error(`No challenge for ${algorithm}: ${offered.join(', ')}`)
    const answered = await this.#final({
      ...register,
      headers: {
        ...register.headers,
        via: [],
        cseq: { method: 'REGISTER', seq: 2 },
        authorization: [credentials(chosen, algorithm, user, password, uri)],
      },
    })
    return { offered, status: answered.status }
  }

  #onRequest(request: sip.Message): void {
    if (request.method === 'INVITE') {
      const isNew = request.headers.to.params.tag === undefined
      if (isNew) this.#begin(request)
      const contact = { headers: { contact: [this.#address('agent')] } }
      this.#stack.send(sip.makeResponse(request, 180, 'Ringing', contact))
      const answer = () =>
        this.#stack.send(
          sip.makeResponse(request, 200, 'OK', {
            headers: { ...contact.headers, 'content-type': 'application/sdp' },
            content: this.#sdp(nowhere),
          }),
        )
      if (isNew && this.#answers === 'when told') this.#ringing.push(answer)
      else answer()
    } else if (request.method === 'ACK') this.#answered.add(request.headers['call-id'])
    else if (request.method === 'BYE') {
      this.#stack.send(sip.makeResponse(request, 200, 'OK'))
      this.#ended.add(request.headers['call-id'])
      this.#hungUp.get(request.headers['call-id'])?.()
    } else this.#stack.send(sip.makeResponse(request, 405, 'Method Not Allowed'))
  }

  #begin({ headers }: sip.Message): void {
    const tag = token()
    headers.to.params.tag = tag
    this.dialogs.push(`${headers['call-id']};to-tag=${headers.from.params.tag};from-tag=${tag}`)
  }

  #request(method: string, uri: string, options: { user?: string; content?: string } = {}): sip.Message {
    const { user = customer, content } = options
    const own = this.#address(user)
    const to = method === 'REGISTER' ? own.uri : uri
    return {
      method,
      uri,
      headers: {
        to: { uri: to, params: {} },
        from: {
          ...(user === customer ? { name: '"Customer"' } : {}),
          uri: own.uri,
          params: { tag: token() },
        },
        'call-id': token(),
        cseq: { method, seq: 1 },
        contact: [own],
        'max-forwards': 70,
        ...(content === undefined ? {} : { 'content-type': 'application/sdp' }),
      },
      ...(content === undefined ? {} : { content }),
    }
  }

  /** The final response to a request; provisional ones pass. */
  #final(request: sip.Message): Promise<sip.Message> {
    return new Promise(resolve =>
      this.#stack.send(request, response => {
        if ((response.status ?? 0) >= 200) resolve(response)
      }),
    )
  }

  #address(user: string): sip.NameAddress {
    return { uri: `sip:${user}@${this.host}:${this.port}`, params: {} }
  }

  #sdp(rtpPort: number, { version = 1, direction = 'sendrecv' } = {}): string {
    const lines = ['v=0', `o=- 1 ${version} IN IP4 ${this.host}`, 's=-', `c=IN IP4 ${this.host}`, 't=0 0']
    const formats = ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15']
    return [...lines, `m=audio ${rtpPort} RTP/AVP 0 101`, ...formats, `a=${direction}`, ''].join('\r\n')
  }
}

/** A phone on a free port; it closes with the test. As agent it rings, and answers whatever comes. */
export async function startPackagePhone(host: string, options: PhoneOptions = {}): Promise<PackagePhone> {
  return new PackagePhone(host, await freePort(host), options)
}

/** RFC 7616 §3.4.1, qop=auth: the package itself knows only MD5. */
function credentials(
  challenge: sip.Challenge,
  algorithm: 'MD5' | 'SHA-256',
  username: string,
  password: string,
  uri: string,
): Record<string, string> {
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const [realm, nonce] = [unquoted(challenge.realm), unquoted(challenge.nonce)]
  const [nc, cnonce] = ['00000001', token()]
  const ha1 = hash(`${username}:${realm}:${password}`)
  const response = hash(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${hash(`REGISTER:${uri}`)}`)
  const quoted = Object.entries({ username, realm, nonce, uri, cnonce, response })
  return {
    scheme: 'Digest',
    ...Object.fromEntries(quoted.map(([name, value]) => [name, `"${value}"`])),
    algorithm,
    qop: 'auth',
    nc,
  }
}

function unquoted(text = ''): string {
  return text.replaceAll('"', '')
}

function token(): string {
  return randomBytes(8).toString('hex')
}
