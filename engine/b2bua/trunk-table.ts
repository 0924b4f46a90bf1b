/** Which trunk a source address belongs to. */
import { BlockList, isIPv6 } from 'node:net'
import type { TrunkConfig } from '../config.ts'

/** Sources whose answer is remembered; a flood from many addresses only makes the lookups repeat. */
const maxRemembered = 10_000

export class TrunkTable {
  readonly #trunks: readonly { readonly trunk: TrunkConfig; readonly addresses: BlockList }[]
  readonly #remembered = new Map<string, TrunkConfig | null>()

  constructor(trunks: readonly TrunkConfig[]) {
    this.#trunks = trunks.map(trunk => ({ trunk, addresses: blockList(trunk.addresses) }))
  }

  find(host: string): TrunkConfig | null {
    const known = this.#remembered.get(host)
    if (known !== undefined) return known
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    const found = this.#trunks.find(({ addresses }) => addresses.check(host, family))?.trunk ?? null
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(host, found)
    return found
  }
}

function blockList(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) {
    const [host = '', bits] = address.split('/')
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(host, family)
    else list.addSubnet(host, Number(bits), family)
  }
  return list
}
