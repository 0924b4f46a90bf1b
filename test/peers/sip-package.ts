/** A phone made of the npm package `sip`, over UDP: another author's stack that is there wherever Node is. */
import { createHash, randomBytes } from 'node:crypto'
import * as sip from 'sip'
import { onTestFinished } from 'vitest'
import { freePort } from './loopback.ts'

/** A call that was answered. */
export interface PackageCall {
  /** Ends it; resolves with the status of the answer to the BYE. */
  hangUp(): Promise<number>
  /** Resolves when the other side has hung up. */
  readonly hungUp: Promise<void>
}

export class PackagePhone {
  readonly host: string
  readonly port: number
  /** The calls that it was called for, as Replaces names their dialogs (RFC 3891): from the point of view of the caller. */
  readonly dialogs: string[] = []
  readonly #stack: sip.Stack
  readonly #hungUp = new Map<string, () => void>()
  #answered = 0
  #ended = 0

  constructor(host: string, port: number) {
    this.host = host
    this.port = port
    this.#stack = sip.create({ address: host, port, tcp: false }, request => this.#onRequest(request))
    onTestFinished(() => this.#stack.destroy())
  }

  /** Calls that it answered and that were then hung up by the other side. */
  get calls(): { readonly answered: number; readonly ended: number } {
    return { answered: this.#answered, ended: this.#ended }
  }

  /** Calls `user` at `address` (`host:port`). @throws an Error with the status if it isn't answered */
  async call(user: string, address: string): Promise<PackageCall> {
    const uri = `sip:${user}@${address}`
    const invite = this.#request('INVITE', uri, { content: this.#sdp() })
    const answer = await this.#final(invite)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.reason}`)
    const target = answer.headers.contact?.[0]?.uri ?? uri
    const inDialog = (method: string, seq: number): sip.Message => ({
      ...this.#request(method, target),
      headers: { ...invite.headers, to: answer.headers.to, cseq: { method, seq }, via: [], 'content-type': undefined },
    })
    const hungUp = new Promise<void>(resolve => this.#hungUp.set(invite.headers['call-id'], resolve))
    this.#stack.send(inDialog('ACK', 1))
    return { hungUp, hangUp: async () => (await this.#final(inDialog('BYE', 2))).status ?? 0 }
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
      if (request.headers.to.params.tag === undefined) this.#begin(request)
      const contact = { headers: { contact: [this.#address('agent')] } }
      this.#stack.send(sip.makeResponse(request, 180, 'Ringing', contact))
      this.#stack.send(
        sip.makeResponse(request, 200, 'OK', {
          headers: { ...contact.headers, 'content-type': 'application/sdp' },
          content: this.#sdp(),
        }),
      )
    } else if (request.method === 'ACK') this.#answered++
    else if (request.method === 'BYE') {
      this.#stack.send(sip.makeResponse(request, 200, 'OK'))
      this.#ended++
      this.#hungUp.get(request.headers['call-id'])?.()
    } else this.#stack.send(sip.makeResponse(request, 405, 'Method Not Allowed'))
  }

  #begin({ headers }: sip.Message): void {
    const tag = token()
    headers.to.params.tag = tag
    this.dialogs.push(`${headers['call-id']};to-tag=${headers.from.params.tag};from-tag=${tag}`)
  }

  #request(method: string, uri: string, options: { user?: string; content?: string } = {}): sip.Message {
    const { user = 'customer', content } = options
    const own = this.#address(user)
    const to = method === 'REGISTER' ? own.uri : uri
    return {
      method,
      uri,
      headers: {
        to: { uri: to, params: {} },
        from: { uri: own.uri, params: { tag: token() } },
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

  #sdp(): string {
    const lines = ['v=0', `o=- 1 1 IN IP4 ${this.host}`, 's=-', `c=IN IP4 ${this.host}`, 't=0 0']
    return [...lines, 'm=audio 9000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''].join('\r\n')
  }
}

/** A phone on a free port; it closes with the test. As agent it answers whatever comes, after 180. */
export async function startPackagePhone(host: string): Promise<PackagePhone> {
  return new PackagePhone(host, await freePort(host))
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
