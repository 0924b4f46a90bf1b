/**
 * Finds the servers of a URI (RFC 3263 §4): asks the DNS what has to be asked, and remembers what it said for as long as
 * that holds. A URI with a numeric host is answered at once, and so is one that is remembered.
 */
import type { Clock } from '../../ports/clock.ts'
import type { DnsAnswer, Network } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { LruTable } from '../defence/lru-table.ts'
import type { SipUri } from '../message/uri.ts'
import {
  inOrder,
  isDenied,
  type Place,
  type Question,
  questionOf,
  type Service,
  servicesOf,
  type Target,
  usualServices,
} from './selection.ts'

export interface LocatorOptions {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
}

/** Names that are remembered. */
const maxNames = 1_000
const shortestTtlSec = 5
const longestTtlSec = 3_600
/** Where the system doesn't tell. */
const usualTtlSec = 60
/** A name without an address may get one soon. */
const noneTtlSec = 10
/** While nobody answers, what was known goes on for this long. */
const staleMs = 86_400_000
/** A DNS that says nothing for so long is not waited for by who knows an older answer (RFC 8767 §5): he is in a call. */
const patienceMs = 1_000

interface Known {
  readonly places: readonly Place[]
  readonly untilMs: number
  readonly staleUntilMs: number
}

interface Found {
  readonly places: readonly Place[]
  readonly ttlSec: number
}

type Open = Exclude<Question, { ask: 'nothing' }>

export class Locator {
  readonly #options: LocatorOptions
  readonly #known = new LruTable<Known>(maxNames)
  readonly #asking = new Map<string, Promise<readonly Place[]>>()

  constructor(options: LocatorOptions) {
    this.#options = options
  }

  /** Where to send, best first; empty when there is nowhere. Drawn anew each time where servers share the load. */
  locate(uri: SipUri): readonly Target[] | Promise<readonly Target[]> {
    const question = questionOf(uri)
    if (question === null) return []
    if (question.ask === 'nothing') return [question.target]
    const key = keyOf(question)
    const known = this.#known.get(key)
    if (known !== undefined && known.untilMs > this.#options.clock.now())
      return this.#targets(known.places, question.host)
    return this.#patiently(key, this.#placesOf(key, question)).then(places => this.#targets(places, question.host))
  }

  #targets(places: readonly Place[], serverName: string): readonly Target[] {
    return inOrder(places, () => this.#options.random.float()).flatMap(({ transport, port, addresses }) =>
      addresses.map(host => ({ transport, host, port, serverName })),
    )
  }

  /** Who asks for what is being asked already waits for the same answer. */
  #placesOf(key: string, question: Open): Promise<readonly Place[]> {
    const asking = this.#asking.get(key)
    if (asking !== undefined) return asking
    const answered = this.#ask(question)
      .then(
        found => this.#remember(key, found),
        () => this.#withoutAnswer(key),
      )
      .finally(() => this.#asking.delete(key))
    this.#asking.set(key, answered)
    return answered
  }

  #patiently(key: string, answered: Promise<readonly Place[]>): Promise<readonly Place[]> {
    const { clock } = this.#options
    if ((this.#known.get(key)?.staleUntilMs ?? 0) <= clock.now()) return answered
    return new Promise(resolve => {
      const timer = clock.setTimeout(() => resolve(this.#withoutAnswer(key)), patienceMs)
      void answered.then(places => {
        clock.clearTimeout(timer)
        resolve(places)
      })
    })
  }

  #remember(key: string, { places, ttlSec }: Found): readonly Place[] {
    const now = this.#options.clock.now()
    const heldSec = places.length === 0 ? noneTtlSec : Math.min(longestTtlSec, Math.max(shortestTtlSec, ttlSec))
    const staleUntilMs = places.length === 0 ? now : now + staleMs
    this.#known.set(key, { places, untilMs: now + heldSec * 1000, staleUntilMs })
    return places
  }

  /** The DNS is out of reach: a server that was there yesterday is a better guess than none. */
  #withoutAnswer(key: string): readonly Place[] {
    const now = this.#options.clock.now()
    const old = this.#known.get(key)
    const usable = old !== undefined && old.staleUntilMs > now
    const places = usable ? old.places : []
    const staleUntilMs = usable ? old.staleUntilMs : now
    this.#known.set(key, { places, untilMs: now + shortestTtlSec * 1000, staleUntilMs })
    return places
  }

  async #ask(question: Open): Promise<Found> {
    const { host } = question
    if (question.ask === 'addresses') return this.#host(host, question)
    const { secured, transport } = question
    const usual = usualServices(host, secured, transport)
    const { dns } = this.#options.network
    const naptr = dns === undefined || transport !== null ? none : await dns.naptr(host).catch(unanswered)
    const named = servicesOf(naptr.records, secured)
    // RFC 3263 §4.2: no SRV: the host itself, on the usual port.
    const [first] = usual
    const found =
      (await this.#servers(named.length > 0 ? named : usual)) ??
      (await this.#host(host, { transport: first.transport, port: first.transport === 'TLS' ? 5061 : 5060 }))
    // Some name servers fail at questions that they don't know, and answer the others. If they fail at all, nothing was said.
    if ('error' in naptr && found.places.length === 0) throw naptr.error
    return { ...found, ttlSec: Math.min(found.ttlSec, naptr.ttlSec ?? longestTtlSec) }
  }

  /** Null if none of the services is listed. */
  async #servers(services: readonly Service[]): Promise<Found | null> {
    const { dns } = this.#options.network
    if (dns === undefined) return null
    const answers = await Promise.all(services.map(({ name }) => dns.srv(name).catch(unanswered)))
    if (answers.every(({ records }) => records.length === 0)) {
      for (const answer of answers) if ('error' in answer) throw answer.error
      return null
    }
    const failures: unknown[] = []
    let ttlSec = longestTtlSec
    const places = await Promise.all(
      answers.flatMap(({ records, ttlSec: srvTtlSec }, rank) => {
        ttlSec = Math.min(ttlSec, srvTtlSec ?? usualTtlSec)
        if (isDenied(records)) return []
        return records.map(async ({ name, port, priority, weight }): Promise<Place> => {
          const found = await this.#addresses(name).catch(unanswered)
          if ('error' in found) failures.push(found.error)
          ttlSec = Math.min(ttlSec, found.ttlSec ?? usualTtlSec)
          const transport = services[rank]?.transport ?? 'UDP'
          return { transport, port, rank, priority, weight, addresses: found.records }
        })
      }),
    )
    const usable = places.filter(({ addresses }) => addresses.length > 0)
    // One server whose address can't be had hides none of the others. If there is none else, nothing was said.
    if (usable.length === 0 && failures.length > 0) throw failures[0]
    return { places: usable, ttlSec }
  }

  async #host(host: string, { transport, port }: Pick<Place, 'transport' | 'port'>): Promise<Found> {
    const { records, ttlSec } = await this.#addresses(host)
    if (records.length === 0) return { places: [], ttlSec: noneTtlSec }
    const place = { transport, port, rank: 0, priority: 0, weight: 0, addresses: records }
    return { places: [place], ttlSec: ttlSec ?? usualTtlSec }
  }

  /** By DNS; what that doesn't know the system may, out of its hosts file. */
  async #addresses(name: string): Promise<DnsAnswer<string>> {
    const { network } = this.#options
    const answer = await network.dns?.addresses(name).catch(error => ({ records: [], ttlSec: null, error }))
    if (answer !== undefined && answer.records.length > 0) return answer
    try {
      return { records: await network.resolveHost(name), ttlSec: null }
    } catch {
      if (answer !== undefined && 'error' in answer) throw answer.error
      return none
    }
  }
}

const none = { records: [], ttlSec: null } as const

/** As none, for the usual time at most: the next answer may say more. */
const unanswered = (error: unknown) => ({ records: [], ttlSec: usualTtlSec, error }) as const

function keyOf(question: Open): string {
  return question.ask === 'addresses'
    ? `${question.transport}|${question.host}|${question.port}`
    : `${question.secured ? 'sips' : 'sip'}|${question.transport ?? ''}|${question.host}`
}
