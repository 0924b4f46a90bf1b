/**
 * What matching costs with roster and dispatcher around it: `node test/bench/matching.ts [--agents 500]`. First the end of
 * a window of the optimal batch: until the first offer, and until all are made; then a queue whose calls ask for more and
 * more different things while everybody is busy: what one call costs from its arrival until its agent is free again.
 * Milliseconds of CPU, medians; the offers are taken by the roster, nobody is rung.
 */
import { parseArgs } from 'node:util'
import { createRoster, type Roster } from '../../engine/agents/roster.ts'
import type { CenterInput } from '../../engine/config.ts'
import { parseCenter } from '../../engine/config-check.ts'
import { createDispatcher, type Dispatcher } from '../../engine/queues/dispatcher.ts'
import { Estimates } from '../../engine/queues/estimate.ts'
import type { Assignment } from '../../engine/queues/match.ts'
import { RoutingPlans } from '../../engine/queues/routing-plan.ts'
import { createTotals } from '../../engine/queues/totals.ts'
import { type PreferredAgent, VisitRouting } from '../../engine/queues/visit-routing.ts'
import { createSeededRandom } from '../../engine/simulation/seeded-random.ts'
import { createTestClock } from '../../engine/simulation/test-clock.ts'

const { values } = parseArgs({ options: { agents: { type: 'string', default: '500' } } })
const size = Number(values.agents)
const random = createSeededRandom(1)
const below = (most: number) => Math.floor(random.float() * most)
const median = (all: readonly number[]) => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = () => 'today'
/** Of this process: others share the machine. */
const cpuMs = () => process.cpuUsage().user / 1_000
const actor = 'user:bench'

interface Wishes {
  readonly requirements?: string
  readonly preferred?: readonly PreferredAgent[]
}

class Floor {
  readonly clock = createTestClock()
  readonly roster: Roster
  readonly dispatcher: Dispatcher
  readonly #center
  readonly #plans = new RoutingPlans()

  constructor(input: CenterInput, onAssign: (assignment: Assignment) => void) {
    const { clock } = this
    const ports = { clock, logger: silent, emit() {}, dayKey, onAbsent() {}, onWrapUpEnded() {} }
    this.roster = createRoster({ ...ports, onRoutable: id => this.dispatcher.agentRoutable(id) })
    this.dispatcher = createDispatcher({
      ...{ clock, random: createSeededRandom(3), roster: this.roster, estimates: new Estimates() },
      totals: createTotals({ clock, dayKey }),
      onAssign: assignment => {
        onAssign(assignment)
        const { visit, agentId } = assignment
        return this.roster.reserve(agentId, { offerId: visit.visitId, callId: visit.callId, queueId: visit.queueId })
      },
    })
    this.#center = parseCenter(input)
    this.dispatcher.configure(this.#center.queues)
    this.roster.configure(this.#center.agents, this.#center.queues)
    this.dispatcher.agentsConfigured()
  }

  enqueue(visitId: string, { requirements = '', preferred = [] }: Wishes): void {
    const [queue] = this.#center.queues
    if (queue === undefined) return
    const plan = this.#plans.of(queue, requirements === '' ? {} : { requirements })
    const routing = new VisitRouting(plan, preferred)
    const at = { queueId: queue.id, priority: 0, enqueuedAt: this.clock.now() }
    this.dispatcher.enqueue({ visitId, callId: visitId, ...at, routing })
  }

  /** All at once. */
  signIn(agentId: string): void {
    this.roster.signIn(agentId, { availability: 'available', actor })
  }

  stop(): void {
    this.dispatcher.stop()
    this.roster.stop()
  }
}

const skillCount = 40
/** Each agent has some of many skills. */
const agents = Array.from({ length: size }, (_, order) => {
  const skills: Record<string, number> = {}
  for (let one = 0; one < 8; one += 1) skills[`s${below(skillCount)}`] = 1 + below(10)
  return { id: `a${order}`, queues: ['q'], skills, contact: `sip:a${order}@127.0.0.1`, alwaysAvailable: true }
})

// The end of a window.

const wishes: Readonly<Record<string, (call: number) => Wishes>> = {
  nothing: () => ({}),
  'of twenty': call => ({ requirements: `s${call % 20}` }),
  'of a hundred': call => ({ requirements: `s${call % 10} >= ${1 + (Math.floor(call / 10) % 10)}` }),
  'who they know': preferring,
  'to wait for them': preferring,
}

function preferring(): Wishes {
  const wish = () => ({ agentId: `a${below(size)}`, score: 1 + below(100), untilMs: null })
  return { preferred: Array.from({ length: 3 }, wish) }
}

function closeWindow(name: string, wish: (call: number) => Wishes): readonly [number, number] {
  let firstMs = Number.NaN
  const preferredAgents = name === 'to wait for them' ? {} : { busyWaitMs: 0, offlineWaitMs: 0 }
  const floor = new Floor(
    {
      queues: [{ id: 'q', strategy: 'optimal', preferredAgents }],
      agents: agents.map(agent => ({ ...agent, alwaysAvailable: false })),
    },
    () => {
      if (Number.isNaN(firstMs)) firstMs = cpuMs()
    },
  )
  for (const { id } of agents) {
    floor.clock.advance(1 + below(1_000))
    floor.signIn(id)
  }
  for (let call = 0; call < size; call += 1) floor.enqueue(`v${call}`, wish(call))
  floor.clock.advance(99)
  const begunMs = cpuMs()
  floor.clock.advance(1)
  const endMs = cpuMs()
  floor.stop()
  return [firstMs - begunMs, endMs - begunMs]
}

for (const [name, wish] of Object.entries(wishes)) {
  const times = Array.from({ length: 9 }, () => closeWindow(name, wish))
  const [first, all] = [median(times.map(([one]) => one)), median(times.map(([, two]) => two))]
  console.log(
    `${size} calls that ask ${name.padEnd(16)} first offer ${first.toFixed(1)} ms, all ${all.toFixed(1)} ms after the window`,
  )
}

// More and more different things.

function turnOver(distinct: number, waiting: number): number {
  const offers: Assignment[] = []
  const floor = new Floor({ queues: [{ id: 'q', maxWaiting: 5_000 }], agents }, assignment => offers.push(assignment))
  const levels = Math.ceil(distinct / skillCount)
  const wish = (call: number) => {
    const one = call % distinct
    return { requirements: `s${one % skillCount} >= ${1 + (Math.floor(one / skillCount) % levels)}` }
  }
  let calls = 0
  const arrive = () => floor.enqueue(`v${calls}`, wish(calls++))
  const busy: string[] = []
  const answer = () => {
    for (const { visit, agentId } of offers.splice(0)) {
      floor.roster.engage(agentId, visit.visitId, { callId: visit.callId, segmentId: agentId, queueId: 'q' })
      floor.dispatcher.remove(visit.visitId)
      busy.push(agentId)
    }
  }
  while (floor.dispatcher.waiting('q') < waiting) {
    arrive()
    answer()
    floor.clock.advance(10)
  }
  const step = () => {
    floor.clock.advance(10)
    const agentId = busy.shift()
    if (agentId !== undefined) floor.roster.callEnded(agentId, agentId, 0)
    answer()
    while (floor.dispatcher.waiting('q') < waiting) {
      arrive()
      answer()
    }
  }
  for (let warm = 0; warm < 200; warm += 1) step()
  const turns = 1_000
  const begun = { ms: cpuMs(), calls }
  for (let turn = 0; turn < turns; turn += 1) step()
  const perCall = (cpuMs() - begun.ms) / Math.max(1, calls - begun.calls)
  floor.stop()
  return perCall
}

for (const waiting of [200, 2_000]) {
  for (const distinct of [1, 16, 64, 65, 128, 400]) {
    const perCall = turnOver(distinct, waiting)
    console.log(
      `${waiting} wait, ${String(distinct).padStart(3)} different requirements: ${perCall.toFixed(3)} ms a call`,
    )
  }
}
