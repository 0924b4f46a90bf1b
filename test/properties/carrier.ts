/** The phone of everybody outside in a random world. */
import { silentLogger } from '../../engine/node/logger.ts'
import {
  createSeededRandom,
  createVirtualPhone,
  type Reaction,
  type VirtualPhone,
  type World,
} from '../../engine/simulation/index.ts'
import { carrierHost } from './wide-plot.ts'

/** @param reactions to its first call, its second, and round again */
export function createCarrier(world: World, reactions: readonly Reaction[]): Promise<VirtualPhone> {
  let calls = 0
  return createVirtualPhone({
    ...{ network: world.network.host(carrierHost), clock: world.clock, random: createSeededRandom(9) },
    ...{ logger: silentLogger, host: carrierHost, port: 5060, user: 'carrier' },
    onCall: () => reactions[calls++ % reactions.length] ?? { kind: 'ignore', ringAfterMs: null },
  })
}
