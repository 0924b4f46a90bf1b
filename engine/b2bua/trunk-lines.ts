/**
 * Calls that leave by a trunk: where they go, who is shown as calling, and what the trunk may know of him (RFC 3323, 3325).
 * Nothing of the other leg gets in but what is put in here.
 */
import { type BlockList, isIPv6 } from 'node:net'
import type { TrunkConfig } from '../config.ts'
import type { Ani } from '../events.ts'
import type { Logger } from '../ports/logger.ts'
import {
  DigestClient,
  encodeUser,
  formatNameAddress,
  hostPort,
  parseHostPort,
  parseUri,
  type Route,
  type SipUri,
  type Target,
  type UserAgent,
  userUri,
  waysToServers,
} from '../sip/index.ts'
import type { AgentDevice } from './bridge-alphabet.ts'
import { type CallHistory, historyOf } from './call-history.ts'
import { diversionsOf } from './diversion.ts'
import { blockList } from './trunk-table.ts'

/** Who is called, and by which Call-ID. */
export interface CalledOutside {
  readonly number: string
  readonly sipCallId: string
}

/** Who an outside party is called for. */
export interface OutsideCaller {
  readonly ani: Ani
  /** Who a withheld caller is; null: he isn't, or nobody knows. */
  readonly asserted: Ani | null
  /** Shown in place of the caller's own number. */
  readonly callerId: string | null
  /** An agent calls; his id is no number. */
  readonly isAgent: boolean
  /** The number that was called first; null: this one was. */
  readonly divertedFrom: string | null
  /** By which way the call came to that number. */
  readonly history: CallHistory
  /** Further headers of the INVITE. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface TrunkLinesOptions {
  readonly userAgent: UserAgent
  readonly logger: Logger
}

/** A trunk that calls can leave by. */
export interface TrunkLine {
  readonly trunk: TrunkConfig
  /** As it stands in URIs. */
  readonly host: string
  /** Where requests are sent: the outbound proxy, or the host. */
  readonly nextHop: SipUri
  /** The Route that leads over the outbound proxy. */
  readonly route: string | null
  readonly password: string | null
  /** Where the trunk's requests come from. */
  readonly addresses: BlockList
}

export class TrunkLines {
  readonly #options: TrunkLinesOptions
  readonly #lines = new Map<string, TrunkLine>()

  constructor(options: TrunkLinesOptions) {
    this.#options = options
  }

  /** `passwords`: by trunk id. */
  configure(
    trunks: readonly TrunkConfig[],
    passwords: Readonly<Record<string, string>>,
    { failoverMs }: { readonly failoverMs: number },
  ): void {
    this.#options.userAgent.location.failoverMs = failoverMs
    this.#lines.clear()
    for (const trunk of trunks) {
      const line = lineOf(trunk, passwords[trunk.id] ?? null)
      if (line !== null) this.#lines.set(trunk.id, line)
    }
  }

  get all(): readonly TrunkLine[] {
    return [...this.#lines.values()]
  }

  get failoverMs(): number {
    return this.#options.userAgent.location.failoverMs
  }

  /** Null: the trunk leads nowhere now. At once unless its name must be looked up. */
  device(
    trunkId: string,
    called: CalledOutside,
    caller: OutsideCaller,
  ): AgentDevice | null | Promise<AgentDevice | null> {
    const line = this.#lines.get(trunkId)
    if (line === undefined) return null
    const found = this.#options.userAgent.location.locate(line.nextHop)
    if (found instanceof Promise) return found.then(targets => this.#deviceAt(line, targets, called, caller))
    return this.#deviceAt(line, found, called, caller)
  }

  /** What answers the trunk's challenges, and nobody else's. Null without a password. */
  digestOf({ trunk, host, password }: TrunkLine): DigestClient | null {
    const { userAgent, logger } = this.#options
    if (trunk.username === null || password === null) return null
    const account = { username: trunk.username, password, realm: trunk.realm ?? parseHostPort(host)?.host ?? host }
    return new DigestClient({
      account,
      newNonce: () => userAgent.options.ids.token(),
      onForeignRealm: realm =>
        logger.warn(
          { trunkId: trunk.id, realm, expected: account.realm },
          'a trunk challenges for another realm: not answered',
        ),
    })
  }

  #deviceAt(
    line: TrunkLine,
    targets: readonly Target[],
    { number, sipCallId }: CalledOutside,
    caller: OutsideCaller,
  ): AgentDevice | null {
    const { userAgent } = this.#options
    const reachable = targets.filter(target => userAgent.flowToTarget(target) !== null)
    const [first] = reachable
    const flow = first === undefined ? null : userAgent.flowToTarget(first)
    if (flow === null) return null
    const digest = this.digestOf(line)
    const route: Route = {
      ways: waysToServers(userAgent, reachable),
      failoverMs: this.failoverMs,
      ...(digest === null ? {} : { authorizer: { digest, trusts: sent => isAt(line, reachable, sent.remote.host) } }),
    }
    const uri = `sip:${encodeUser(number)}@${line.host}${transportParam(line.trunk)}`
    const { nat } = line.trunk
    const ownHost = hostPort(flow.advertised.host, 0)
    const shown = shownBy(line, caller, ownHost, uri)
    return { uri, flow, pinned: nat, nat, to: `<${uri}>`, sipCallId, route, isOutside: true, ...shown }
  }
}

/** A called phone to which a carrier leads our requests within the call, without a Record-Route, is not the carrier. */
function isAt({ addresses }: TrunkLine, targets: readonly Target[], host: string): boolean {
  return targets.some(target => target.host === host) || addresses.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}

function lineOf(trunk: TrunkConfig, password: string | null): TrunkLine | null {
  const { host, proxy } = trunk
  if (host === null) return null
  const nextHop = parseUri(`sip:${proxy ?? host}${transportParam(trunk)}`)
  if (nextHop === null) return null
  const route = proxy === null ? null : `<sip:${proxy}${transportParam(trunk)};lr>`
  return { trunk, host, nextHop, route, password, addresses: blockList(trunk.addresses) }
}

/** For UDP nothing is said, so that a domain may say what it prefers (RFC 3263 §4.1). */
export function transportParam({ transport }: TrunkConfig): string {
  return transport === 'udp' ? '' : `;transport=${transport}`
}

/** RFC 4458: as `reason=unconditional` of a Diversion (RFC 7544 §4). */
const unconditional = 302

function shownBy(
  { trunk, host, route }: TrunkLine,
  { ani, asserted: known, callerId, isAgent, divertedFrom, history, headers: others }: OutsideCaller,
  ownHost: string,
  uri: string,
): Pick<AgentDevice, 'from' | 'headers'> {
  const headers: [string, string][] = []
  if (route !== null) headers.push(['route', route])
  const own = isAgent ? (callerId ?? trunk.username ?? ani.raw) : (ani.e164 ?? ani.raw)
  const shown = callerId ?? own
  // A customer of the carrier is an address there; to others we speak for ourselves.
  const domain = trunk.username === null ? ownHost : host
  const privacy = [...(ani.withheld ? ['id'] : []), ...(history.isPrivate ? ['history'] : [])]
  if (privacy.length > 0) headers.push(['privacy', privacy.join(';')])
  if (trunk.trusted) {
    // RFC 3325 §9.1: who is withheld is named within the trust domain only, if we know him at all.
    const asserted = ani.withheld ? (known?.e164 ?? known?.raw ?? callerId) : own
    if (asserted) headers.push(['p-asserted-identity', `<${userUri(asserted, domain)}>`])
    if (divertedFrom !== null) {
      if (!history.isPrivate) headers.push(['diversion', diversionsOf(history.entries, divertedFrom, ownHost)])
      headers.push(['history-info', historyOf(history, divertedFrom, { uri, cause: unconditional }, ownHost)])
    }
  }
  return {
    from: ani.withheld
      ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
      : formatNameAddress(callerId === null && !isAgent ? (ani.name ?? '') : '', userUri(shown, domain)),
    headers: [...headers, ...others],
  }
}
