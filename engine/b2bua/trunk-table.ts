/** Which trunk a source belongs to, by its address, or by its certificate where the trunk has one. */
import { BlockList, isIPv6 } from 'node:net'
import type { TrunkConfig } from '../config.ts'

/** Sources whose answer is remembered; a flood from many addresses only makes the lookups repeat. */
const maxRemembered = 10_000

export class TrunkTable {
  readonly #trunks: readonly { readonly trunk: TrunkConfig; readonly addresses: BlockList }[]
  readonly #certified: readonly { readonly trunk: TrunkConfig; readonly addresses: BlockList }[]
  readonly #remembered = new Map<string, TrunkConfig | null>()

  constructor(trunks: readonly TrunkConfig[]) {
    const all = trunks.map(trunk => ({ trunk, addresses: blockList(trunk.addresses) }))
    this.#trunks = all.filter(({ trunk }) => trunk.certificate === undefined)
    this.#certified = all.filter(({ trunk }) => trunk.certificate !== undefined)
  }

  /** @param names what the peer's verified certificate says that it is */
  find(host: string, names: readonly string[] = []): TrunkConfig | null {
    return (names.length > 0 ? this.#findCertified(host, names) : null) ?? this.#findByAddress(host)
  }

  /** A trunk with a certificate is held to its addresses, too, if it has any. */
  #findCertified(host: string, names: readonly string[]): TrunkConfig | null {
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    const found = this.#certified.find(
      ({ trunk, addresses }) =>
        names.includes(trunk.certificate?.toLowerCase() ?? '') &&
        (trunk.addresses.length === 0 || addresses.check(host, family)),
    )
    return found?.trunk ?? null
  }

  #findByAddress(host: string): TrunkConfig | null {
    const known = this.#remembered.get(host)
    if (known !== undefined) return known
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    const found = this.#trunks.find(({ addresses }) => addresses.check(host, family))?.trunk ?? null
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(host, found)
    return found
  }
}

export function blockList(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) {
    const [host = '', bits] = address.split('/')
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(host, family)
    else list.addSubnet(host, Number(bits), family)
  }
  return list
}
