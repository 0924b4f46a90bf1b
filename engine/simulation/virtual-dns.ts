/** A DNS in memory: what a test says that there is, and an outage when it wants one. */
import type { Dns, NaptrRecord, SrvRecord } from '../ports/network.ts'

export interface VirtualZone {
  readonly dns: Dns
  /** Questions asked so far, as `SRV _sip._udp.example.com`. */
  readonly asked: readonly string[]
  setNaptr(name: string, records: readonly NaptrRecord[], ttlSec?: number): void
  setSrv(name: string, records: readonly SrvRecord[], ttlSec?: number): void
  /** While it is out, no question is answered, or none of these: of a type, as `NAPTR`, or single ones, as in {@link asked}. */
  setOut(isOut: boolean | readonly string[]): void
  /** What is asked from now on is answered when what this returns is called. */
  hold(): () => void
}

const usualTtlSec = 60

/** @param addresses numeric, by name */
export function createVirtualZone(addresses: ReadonlyMap<string, readonly string[]>): VirtualZone {
  const asked: string[] = []
  const naptr = new Map<string, { records: readonly NaptrRecord[]; ttlSec: number }>()
  const srv = new Map<string, { records: readonly SrvRecord[]; ttlSec: number }>()
  let out: boolean | readonly string[] = false
  let held: Promise<void> | null = null

  async function answer<T>(question: string, records: readonly T[], ttlSec = usualTtlSec) {
    asked.push(question)
    if (held !== null) await held
    const isOut = typeof out === 'boolean' ? out : out.some(each => `${question} `.startsWith(`${each} `))
    if (isOut) throw Object.assign(new Error(`query ETIMEOUT ${question}`), { code: 'ETIMEOUT' })
    return { records, ttlSec }
  }

  return {
    dns: {
      naptr: name => answer(`NAPTR ${name}`, naptr.get(name)?.records ?? [], naptr.get(name)?.ttlSec),
      srv: name => answer(`SRV ${name}`, srv.get(name)?.records ?? [], srv.get(name)?.ttlSec),
      addresses: name => answer(`A ${name}`, addresses.get(name) ?? []),
    },
    asked,
    setNaptr: (name, records, ttlSec = usualTtlSec) => void naptr.set(name, { records, ttlSec }),
    setSrv: (name, records, ttlSec = usualTtlSec) => void srv.set(name, { records, ttlSec }),
    setOut(isOut) {
      out = isOut
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = null
        resolve()
      }
    },
  }
}
