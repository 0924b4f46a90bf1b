/**
 * Phones that don't register: where each of their contacts leads now (RFC 3263). A name is looked up for each call, as long as the
 * DNS said at most, and now and then without one, so that an agent whose name had no address comes back by himself.
 */
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import {
  type Flow,
  isNumericHost,
  parseUri,
  type Route,
  type SipUri,
  type Target,
  type UserAgent,
  waysToServers,
} from '../sip/index.ts'
import { TimerBag } from '../timer-bag.ts'

export interface FixedContactsOptions {
  readonly userAgent: UserAgent
  readonly clock: Clock
  readonly logger: Logger
  /** The contact leads somewhere now, or nowhere any more. */
  onChange(accountId: string): void
}

/** The way to a contact now. */
export interface ContactWay {
  readonly uri: string
  readonly flow: Flow
  /** Absent: one server, and no other to try. */
  readonly route?: Route
}

interface Place {
  readonly accountId: string
  readonly contact: string
  readonly uri: SipUri
  /** Best first, as found last; empty: nowhere, or not known yet. */
  targets: readonly Target[]
  asking: boolean
  /** Whether it led somewhere when {@link FixedContactsOptions.onChange} was called last. */
  leads: boolean
  told: 'nothing' | 'found' | 'lost'
}

const lookEveryMs = 30_000

export class FixedContacts {
  readonly #options: FixedContactsOptions
  readonly #places = new Map<string, Place>()
  /** `host|port` → account. */
  readonly #owners = new Map<string, string>()
  readonly #timers: TimerBag<'look'>
  #failoverMs = 3_000

  constructor(options: FixedContactsOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.clock)
  }

  /** In place of all that was. Names that are remembered, and addresses, are found when it returns. */
  configure(contacts: Iterable<readonly [accountId: string, contact: string]>, failoverMs: number): void {
    this.#failoverMs = failoverMs
    this.#places.clear()
    this.#owners.clear()
    for (const [accountId, contact] of contacts) {
      const uri = parseUri(contact)
      if (uri === null) continue
      const place: Place = { accountId, contact, uri, targets: [], asking: false, leads: false, told: 'nothing' }
      this.#places.set(accountId, place)
      this.#locate(place)
      place.leads = place.targets.length > 0
    }
    this.#arm()
  }

  /** Null: there is none, or it leads nowhere now. */
  wayTo(accountId: string): ContactWay | null {
    const place = this.#places.get(accountId)
    if (place === undefined) return null
    if (isName(place)) this.#locate(place)
    const { userAgent } = this.#options
    const { contact, targets } = place
    for (const target of targets) {
      const flow = userAgent.flowToTarget(target)
      if (flow === null) continue
      if (targets.length < 2) return { uri: contact, flow }
      return { uri: contact, flow, route: { ways: waysToServers(userAgent, targets), failoverMs: this.#failoverMs } }
    }
    return null
  }

  /** Whose contact this address is. */
  ownerOf({ remote }: Flow): string | null {
    return this.#owners.get(`${remote.host}|${remote.port}`) ?? null
  }

  stop(): void {
    this.#timers.clear()
  }

  #arm(): void {
    this.#timers.disarm('look')
    if ([...this.#places.values()].some(isName)) this.#timers.arm('look', lookEveryMs, () => this.#look())
  }

  #look(): void {
    for (const place of this.#places.values()) {
      if (!isName(place)) continue
      this.#locate(place)
      this.#report(place)
    }
    this.#arm()
  }

  #report(place: Place): void {
    const leads = place.targets.length > 0
    if (leads === place.leads) return
    place.leads = leads
    this.#options.onChange(place.accountId)
  }

  /** What was found last holds until the answer is there. */
  #locate(place: Place): void {
    if (place.asking) return
    const found = this.#options.userAgent.location.locate(place.uri)
    if (!(found instanceof Promise)) {
      this.#take(place, found)
      return
    }
    place.asking = true
    found.then(
      targets => this.#answered(place, targets),
      error => {
        this.#options.logger.error({ err: error, contact: place.contact }, 'looking up the contact of an agent failed')
        this.#answered(place, [])
      },
    )
  }

  #answered(place: Place, targets: readonly Target[]): void {
    place.asking = false
    // Another center is in force since.
    if (this.#places.get(place.accountId) !== place) return
    this.#take(place, targets)
    this.#report(place)
  }

  #take(place: Place, targets: readonly Target[]): void {
    const { accountId, contact } = place
    for (const { host, port } of place.targets)
      if (this.#owners.get(`${host}|${port}`) === accountId) this.#owners.delete(`${host}|${port}`)
    for (const { host, port } of targets) this.#owners.set(`${host}|${port}`, accountId)
    place.targets = targets
    const now = targets.length > 0 ? 'found' : 'lost'
    if (now === place.told) return
    const { logger } = this.#options
    if (now === 'lost') logger.warn({ accountId, contact }, 'the contact of an agent can not be located')
    else if (place.told === 'lost') logger.info({ accountId, contact }, 'the contact of an agent is located again')
    place.told = now
  }
}

function isName({ uri }: Place): boolean {
  return !isNumericHost(uri.host)
}
