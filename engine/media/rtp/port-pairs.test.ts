import { beforeEach, describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createVirtualNetwork, type VirtualNetwork } from '../../simulation/virtual-network.ts'
import { type PortPair, PortPairs } from './port-pairs.ts'

const host = '192.0.2.10'
const silent = { onMessage() {}, onError() {} }
let network: VirtualNetwork

beforeEach(() => {
  network = createVirtualNetwork({ clock: createTestClock(), random: createSeededRandom(3) })
})

function pairsOf(minPort: number, maxPort: number): PortPairs {
  return new PortPairs({ network: network.host(host), random: createSeededRandom(5), minPort, maxPort })
}

async function takeAll(pairs: PortPairs): Promise<PortPair[]> {
  const taken: PortPair[] = []
  for (;;) {
    try {
      taken.push(await pairs.take(host))
    } catch (error) {
      expect(error).toMatchObject({ code: 'media.no_ports' })
      return taken
    }
  }
}

describe('PortPairs', () => {
  it('gives every even port of the range once, RTCP on the next one, and no more', async () => {
    const taken = await takeAll(pairsOf(20_001, 20_020))
    expect(taken.map(pair => pair.port).sort()).toEqual([
      20_002, 20_004, 20_006, 20_008, 20_010, 20_012, 20_014, 20_016, 20_018,
    ])
    expect(taken.every(pair => pair.rtp.local.port === pair.port && pair.rtcp.local.port === pair.port + 1)).toBe(true)
  })

  it('gives a port again after it was closed', async () => {
    const pairs = pairsOf(20_000, 20_003)
    const [first] = await takeAll(pairs)
    first?.close()
    first?.close()
    expect((await takeAll(pairs)).map(pair => pair.port)).toEqual([first?.port])
  })

  it('skips what something else uses, RTP or RTCP', async () => {
    const busy = [20_000, 20_003, 20_004, 20_005]
    for (const port of busy) await network.bindDatagram({ host, port }, silent)
    const taken = await takeAll(pairsOf(20_000, 20_007))
    expect(taken.map(pair => pair.port)).toEqual([20_006])
    // A pair of which half was busy leaves nothing bound.
    const free = await network.bindDatagram({ host, port: 20_002 }, silent)
    expect(free.local.port).toBe(20_002)
  })

  it('serves many at once from a full range', async () => {
    const pairs = pairsOf(20_000, 20_199)
    const taken = await Promise.all(Array.from({ length: 100 }, () => pairs.take(host)))
    expect(new Set(taken.map(pair => pair.port)).size).toBe(100)
    await expect(pairs.take(host)).rejects.toMatchObject({ code: 'media.no_ports' })
  })

  it('has no ports in an empty range, and says so when the address is not ours', async () => {
    await expect(pairsOf(20_001, 20_002).take(host)).rejects.toMatchObject({ code: 'media.no_ports' })
    await expect(pairsOf(20_000, 20_099).take('203.0.113.1')).rejects.toMatchObject({
      code: 'media.unavailable',
      cause: { code: 'EADDRNOTAVAIL' },
    })
  })

  it('frees everything that nobody took when it closes', async () => {
    const pairs = pairsOf(20_000, 20_019)
    const taken = await pairs.take(host)
    await pairs.close()
    taken.close()
    for (let port = 20_000; port < 20_020; port++) await network.bindDatagram({ host, port }, silent)
    await expect(pairs.take(host)).rejects.toThrow()
  })
})
