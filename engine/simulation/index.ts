/** What tests of the engine and of its embedders import: virtual time, network, randomness and ids. */
export { createSeededRandom } from './seeded-random.ts'
export { createTestClock, type TestClock } from './test-clock.ts'
export { createTestIds } from './test-ids.ts'
export {
  createVirtualNetwork,
  type NetworkConditions,
  type NetworkCounts,
  type VirtualNetwork,
  type VirtualNetworkOptions,
} from './virtual-network.ts'
