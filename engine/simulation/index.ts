/** What tests of the engine and of its embedders import: virtual time, network, randomness, ids and people. */
export { chartHtml, chartSvg } from './chart.ts'
export type { Complaint } from './complaints.ts'
export type { Estimate } from './confidence.ts'
export { type Crowd, type CrowdOptions, createCrowd } from './crowd.ts'
export type { History, HistoryCall } from './history.ts'
export { parseJournal } from './history-file.ts'
export type { PhoneCall, PhoneCallEnd, PhoneCallState } from './phone-call.ts'
export type { CallerPlan, HoldPlan, Reaction, TalkPlan } from './phone-plan.ts'
export { type ReplayResult, replay } from './replay.ts'
export { replayText } from './replay-report.ts'
export { reportText } from './report.ts'
export type { Scenario } from './scenario.ts'
export { parseScenario } from './scenario-check.ts'
export { createSeededRandom } from './seeded-random.ts'
export { createSilentMedia } from './silent-media.ts'
export { type SimulationResult, simulate } from './simulate.ts'
export { createTestClock, type TestClock } from './test-clock.ts'
export { createTestIds } from './test-ids.ts'
export { createUnsteadyStore, type StoreMood, type UnsteadyStore } from './unsteady-store.ts'
export {
  createVirtualNetwork,
  type NetworkConditions,
  type NetworkCounts,
  type VirtualNetwork,
  type VirtualNetworkOptions,
} from './virtual-network.ts'
export { createVirtualPhone, type VirtualPhone, type VirtualPhoneOptions } from './virtual-phone.ts'
export { createVirtualProcess, type VirtualProcess } from './virtual-process.ts'
export { createWorld, type World, type WorldOptions } from './world.ts'
