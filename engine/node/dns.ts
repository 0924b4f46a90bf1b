/** The DNS on Node: its own resolver, which speaks to the servers of the system and remembers nothing. */
import { Resolver } from 'node:dns/promises'
import type { Dns, DnsAnswer } from '../ports/network.ts'

/** Two tries of so long: who is called waits for it. */
const timeoutMs = 1_000
const tries = 2
/** Answers that say that there is nothing, as opposed to none. */
const negative: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

/** @param servers in place of the system's: `127.0.0.1` or `127.0.0.1:5353` */
export function createNodeDns(servers: readonly string[] = []): Dns {
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (servers.length > 0) resolver.setServers(servers)
  return {
    async naptr(name) {
      const records = await orNone(resolver.resolveNaptr(name))
      // Node tells the life of addresses only.
      return { records, ttlSec: null }
    },
    async srv(name) {
      return { records: await orNone(resolver.resolveSrv(name)), ttlSec: null }
    },
    async addresses(name) {
      const [v4, v6] = await Promise.allSettled([
        orNone(resolver.resolve4(name, { ttl: true })),
        orNone(resolver.resolve6(name, { ttl: true })),
      ])
      const found = [v4, v6].flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []))
      if (found.length === 0) for (const answer of [v4, v6]) if (answer.status === 'rejected') throw answer.reason
      return inAll(found)
    },
  }
}

function inAll(found: readonly { readonly address: string; readonly ttl: number }[]): DnsAnswer<string> {
  const ttlSec = found.reduce<number | null>((least, { ttl }) => (least === null ? ttl : Math.min(least, ttl)), null)
  return { records: found.map(({ address }) => address), ttlSec }
}

async function orNone<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Error && 'code' in error && negative.has(String(error.code))) return []
    throw error
  }
}
