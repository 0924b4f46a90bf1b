/**
 * The door: every request outside a dialog comes through here. Rights follow the role, not the address alone (DESIGN §7):
 * a trunk may call the numbers, an authenticated agent may register and call, a stranger may ask for our options.
 */
import type { CenterConfig, TrunkConfig } from '../config.ts'
import { doorResponses } from '../outcomes.ts'
import type { LoadProbe } from '../ports/load.ts'
import type { Logger } from '../ports/logger.ts'
import type { CenterSecrets } from '../ports/store.ts'
import {
  DigestVerifier,
  decodeUser,
  type Flow,
  type IncomingRequest,
  InviteServer,
  minExpires,
  parseUri,
  readReplaces,
  refuseSession,
  type SipRequest,
  type SipResponse,
  type UserAgent,
} from '../sip/index.ts'
import { acceptsSession } from './accept.ts'
import { Doorman, type DoormanOptions } from './doorman.ts'
import { type TakeoverHandlers, takeOver } from './phone-takeover.ts'
import type { Phones } from './phones.ts'
import { TrunkTable } from './trunk-table.ts'

/** Who sent a call, and what follows from it. */
export type Caller =
  | { readonly kind: 'trunk'; readonly trunk: TrunkConfig }
  /** A phone of ours: the account of an agent, or of a device. */
  | { readonly kind: 'agent'; readonly agentId: string }

/** A new call whose sender may call. Nothing has been answered yet but, perhaps, 100. */
export interface Admission {
  readonly caller: Caller
  readonly invite: InviteServer
  /** User part of the Request-URI, decoded. */
  readonly dialled: string
  /** The sender is behind NAT: in-dialog requests stay on its flow, and its media may latch. */
  readonly nat: boolean
}

export interface GatewayOptions {
  readonly userAgent: UserAgent
  readonly phones: Phones
  readonly logger: Logger
  /** Secret of this process for nonces. */
  readonly nonceKey: Uint8Array
  readonly load: LoadProbe
  activeCalls(): number
  readonly onSecurity: DoormanOptions['onSecurity']
  /** Agents who go on with another phone. */
  readonly takeovers: TakeoverHandlers
  onCall(admission: Admission): void
}

/** As of a REFER. */
const longestDialled = 128

export class Gateway {
  /** What the user agent asks before it lets a request in. */
  readonly door: Doorman
  readonly #options: GatewayOptions
  /** Agents whose phones are behind NAT, by definition. */
  #natAgents: ReadonlySet<string> = new Set()
  #trunks = new TrunkTable([])
  #secrets: CenterSecrets['agents'] = {}
  readonly #digest: DigestVerifier
  /** Set while draining: new calls are sent elsewhere. */
  #closedForSec: number | null = null

  constructor(options: GatewayOptions) {
    this.#options = options
    this.door = new Doorman({
      ...options,
      standingOf: flow => {
        if (options.phones.ownerOf(flow) !== null) return 'phone'
        // A proxy with our phones behind it must not be shut out for what one of them does.
        return this.#trunkOf(flow) === null && !options.phones.registrar.isProxy(flow) ? 'stranger' : 'trunk'
      },
    })
    const { clock } = options.userAgent.options
    this.#digest = new DigestVerifier({
      realm: 'strowger',
      algorithms: ['MD5'],
      nonceTtlMs: 60_000,
      key: options.nonceKey,
      now: () => clock.now(),
    })
  }

  configure(center: CenterConfig, secrets: CenterSecrets): void {
    this.#natAgents = new Set([...center.agents, ...center.devices].filter(({ nat }) => nat).map(({ id }) => id))
    this.#trunks = new TrunkTable(center.trunks)
    this.#secrets = secrets.agents
    const { realm, digestAlgorithms: algorithms, nonceTtlMs } = center.sip
    this.#digest.configure({ realm, algorithms, nonceTtlMs })
    this.door.configure(center.sip)
  }

  /** New calls get 503 with this Retry-After from now on (SIP.md §2 row 11). */
  closeForNewCalls(retryAfterSec: number): void {
    this.#closedForSec = retryAfterSec
  }

  /**
   * RFC 3261 §8.2: who somebody is comes before what he wants. True: a stranger who would begin something, and was asked who he
   * is; our options are for everybody (DESIGN §7).
   */
  challenge(incoming: IncomingRequest): boolean {
    const { request, flow } = incoming
    if (request.method === 'OPTIONS' || request.headers.toTag !== '' || !this.door.isStranger(flow)) return false
    return this.#authenticate(incoming) === null
  }

  receive(incoming: IncomingRequest): void {
    // RFC 3891 §3: it has a meaning in an INVITE only.
    if (incoming.request.method !== 'INVITE' && incoming.request.headers.has('replaces')) {
      if (!this.challenge(incoming)) this.#refuseStateless(incoming, doorResponses.malformed)
      return
    }
    switch (incoming.request.method) {
      case 'OPTIONS':
        this.#options.userAgent.answerOptions(incoming)
        break
      case 'REGISTER':
        this.#onRegister(incoming)
        break
      case 'INVITE':
        this.#onInvite(incoming)
        break
      case 'BYE':
      case 'INFO':
      case 'PRACK':
      case 'UPDATE':
        // Only meaningful in a dialog; without To tag it can't belong to one.
        this.#refuseStateless(incoming, doorResponses.noDialog)
        break
      case 'REFER':
        // Outside a dialog it would begin a call; there is none that we take.
        if (!this.challenge(incoming)) this.#refuseStateless(incoming, doorResponses.noDialog)
        break
      default:
        this.#refuseStateless(incoming, doorResponses.unknownMethod)
    }
  }

  #onRegister(incoming: IncomingRequest): void {
    const { request, flow } = incoming
    const agentId = this.#authenticate(incoming)
    if (agentId === null) return
    // AOR = username (SIP.md, Digest): nobody registers for somebody else.
    if (decodeUser(request.headers.to?.uri.user ?? '') !== agentId) {
      this.#refuse(incoming, doorResponses.foreignAddress)
      return
    }
    const { registrar } = this.#options.phones
    const result = registrar.register(agentId, request, flow)
    const response = this.#respond(request, result.status)
    if (result.status === 423) response.headers.append('min-expires', String(minExpires))
    // RFC 5626 §6: so the phone knows that the flow is what we reach it by, and keeps it open.
    if (
      result.status === 200 &&
      request.headers.tokens('supported').includes('outbound') &&
      result.bindings.some(binding => binding.flow.key === flow.key && binding.outbound !== '')
    )
      response.headers.append('require', 'outbound')
    if (result.status === 200) {
      // RFC 3327 §5.3: so the phone knows by which way it is reached.
      for (const path of request.headers.fields('path')) response.headers.append('path', path)
      for (const binding of result.bindings)
        response.headers.append('contact', `<${binding.contact}>;expires=${registrar.remainingSec(binding)}`)
    }
    incoming.transaction.respond(response)
  }

  #onInvite(incoming: IncomingRequest): void {
    const { request, flow } = incoming
    const caller = this.#callerOf(incoming)
    if (caller === null) return
    const replaces = readReplaces(request)
    if (replaces === 'malformed') {
      this.#refuse(incoming, doorResponses.malformed)
      return
    }
    // Who only changes the phone begins nothing.
    if (this.#closedForSec !== null && replaces === null) {
      const response = this.#respond(request, doorResponses.draining)
      response.headers.append('retry-after', String(this.#closedForSec))
      incoming.transaction.respond(response)
      return
    }
    // RFC 3261 §8.1.1.6 and §16.3: a B2BUA forwards, so a request without hops left ends here.
    if (request.headers.integer('max-forwards') === 0) {
      this.#refuse(incoming, doorResponses.noHopsLeft)
      return
    }
    // What was dialled stands in the INVITE to each phone that is rung: one too long for a datagram makes them unreachable.
    const dialled = decodeUser(parseUri(request.uri)?.user ?? '')
    if (dialled.length > longestDialled) {
      this.#refuse(incoming, doorResponses.numberTooLong)
      return
    }
    const unusable = refuseSession(this.#options.userAgent, request, this.#options.userAgent.options.ids.token())
    if (unusable !== null) {
      incoming.transaction.respond(unusable)
      return
    }
    // RFC 3261 §20.1, RFC 4475 §3.3.15: who takes no session description can't be told where his audio goes.
    if (!acceptsSession(request)) {
      this.#refuse(incoming, doorResponses.notAcceptable)
      return
    }
    const invite = new InviteServer(this.#options.userAgent, incoming)
    const nat =
      caller.kind === 'trunk' ? caller.trunk.nat : this.#natAgents.has(caller.agentId) || isBehindNat(request, flow)
    if (replaces === null) this.#options.onCall({ caller, invite, dialled, nat })
    else {
      const account = caller.kind === 'agent' ? caller.agentId : null
      takeOver(this.#options.userAgent, replaces, { account, invite, nat }, this.#options.takeovers)
    }
    invite.trying()
  }

  /** Who sent an INVITE; null when it was answered already: challenged or refused. */
  #callerOf(incoming: IncomingRequest): Caller | null {
    const { flow, request } = incoming
    const owner = this.#options.phones.ownerOf(flow)
    if (owner !== null) {
      // From exactly an agent's contact or registered flow: the agent's call, challenged if there is a password.
      if (this.#secrets[owner] === undefined) return { kind: 'agent', agentId: owner }
      const agentId = this.#authenticate(incoming)
      return agentId === null ? null : { kind: 'agent', agentId }
    }
    const trunk = this.#trunkOf(flow)
    // Who calls from behind a proxy with the Contact of an agent's phone has to show that he is the agent.
    const claimed = this.#options.phones.ownerBehind(flow, request.headers.contact?.uri)
    if (trunk !== null && claimed === null && !this.#digest.isClaimedIn(request)) return { kind: 'trunk', trunk }
    const agentId = this.#authenticate(incoming)
    return agentId === null || this.#isSentAway(incoming) ? null : { kind: 'agent', agentId }
  }

  /** Of others the door has asked before; who a stranger is shows only now. */
  #isSentAway(incoming: IncomingRequest): boolean {
    const shedding = this.door.isStranger(incoming.flow) ? this.door.admitProven() : null
    if (shedding === null) return false
    const response = this.#respond(incoming.request, 503)
    response.headers.append('retry-after', String(shedding.retryAfterSec))
    this.#options.userAgent.answerStateless(incoming, response)
    return true
  }

  #trunkOf(flow: Flow): TrunkConfig | null {
    // A browser on a trunk's machine is no trunk.
    const isWeb = flow.transport === 'WS' || flow.transport === 'WSS'
    return isWeb ? null : this.#trunks.find(flow.remote.host, flow.peerNames)
  }

  /** The authenticated agent; null when a challenge or a refusal went out. */
  #authenticate(incoming: IncomingRequest): string | null {
    const { request, transaction, flow } = incoming
    const verdict = this.#digest.verify(request, username => this.#secrets[username] ?? null, {
      source: flow.remote.host,
      mayTry: (username, proven) => this.door.mayTry(flow, username, proven),
    })
    if (verdict.ok) return verdict.username
    if (verdict.why === 'wrong') this.door.failed(flow, verdict.username, verdict.proven)
    if (verdict.why === 'throttled' && this.door.isStranger(flow)) {
      // Whoever guesses learns nothing any more, not even that he was heard.
      transaction.endStateless(null)
      return null
    }
    const response = this.#respond(request, 401)
    for (const challenge of this.#digest.challenges(verdict.why === 'stale', flow.remote.host))
      response.headers.append('www-authenticate', challenge)
    // Stateless: strangers must not make us remember or retransmit anything (SIP.md §2 row 15).
    this.#options.userAgent.answerStateless(incoming, response)
    return null
  }

  #refuse(incoming: IncomingRequest, status: number): void {
    incoming.transaction.respond(this.#respond(incoming.request, status))
  }

  #refuseStateless(incoming: IncomingRequest, status: number): void {
    this.#options.userAgent.answerStateless(incoming, this.#respond(incoming.request, status))
  }

  #respond(request: SipRequest, status: number): SipResponse {
    const { userAgent } = this.#options
    return userAgent.response(request, status, userAgent.options.ids.token())
  }
}

/** The Contact names another address than the one that the request came from. */
function isBehindNat(request: SipRequest, flow: Flow): boolean {
  const contact = request.headers.contact?.uri
  return contact !== undefined && contact.host !== flow.remote.host
}
