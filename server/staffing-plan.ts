/** What a question about staffing asks of formulas and simulation. Pure, so that it can run on any thread. */
import { agentsNeeded, erlangAFigures, erlangCFigures, offeredErlangs } from '../engine/index.ts'
import { parseScenario, simulate } from '../engine/simulation/index.ts'
import type { SimulatedStaffingReply, StaffingQuestion, StaffingReply } from './api/staffing.ts'

/** Levels on each side of the middle one. */
const levelsAside = 4
/** Simulated in all; a few seconds of one core. */
const callsInAll = 18_000
const batches = 12
const queueId = 'queue'
/** Simulated levels have at least this many agents for each one who is needed: a queue without end takes for ever. */
const leastShare = 0.7

export function planStaffing(question: StaffingQuestion): StaffingReply {
  const load = loadOf(question)
  const { patienceSec, targetSec, targetShare } = question
  const goal = { serviceLevel: targetShare, targetSec }
  const impatient = patienceSec === null ? null : { ...load, patienceSec }
  return {
    erlangs: offeredErlangs(load),
    needed: {
      erlangC: agentsNeeded(load, goal)?.agents ?? null,
      erlangA: impatient === null ? null : (agentsNeeded(impatient, goal)?.agents ?? null),
    },
    levels: levelsOf(question).map(agents => ({
      agents,
      erlangC: erlangCFigures(load, agents, targetSec),
      erlangA: impatient === null ? null : erlangAFigures(impatient, agents, targetSec),
    })),
  }
}

/** Levels that can't keep up with callers who never give up are left out: they have no steady state. */
export async function simulateStaffing(question: StaffingQuestion): Promise<SimulatedStaffingReply> {
  const erlangs = offeredErlangs(loadOf(question))
  const levels = levelsOf(question).filter(agents =>
    question.patienceSec === null ? agents > erlangs : agents > erlangs * leastShare,
  )
  const results: SimulatedStaffingReply['levels'] = []
  let calls = 0
  for (const agents of levels) {
    const result = await simulate(scenarioOf(question, agents, callsInAll / levels.length))
    const { waitProbability, asaSec, serviceLevel, abandonment } = result.all
    calls += result.calls
    results.push({ agents, waitProbability, asaSec, serviceLevel, abandonment, occupancy: result.occupancy })
  }
  return { calls, levels: results }
}

function loadOf({ calls, intervalMin, handleSec }: StaffingQuestion) {
  return { arrivalsPerSec: calls / intervalMin / 60, handleSec }
}

function levelsOf(question: StaffingQuestion): number[] {
  const { patienceSec, targetSec, targetShare } = question
  const load = loadOf(question)
  const needed = agentsNeeded(patienceSec === null ? load : { ...load, patienceSec }, {
    serviceLevel: targetShare,
    targetSec,
  })
  const middle = question.agents ?? needed?.agents ?? Math.ceil(offeredErlangs(load))
  const step = Math.max(1, Math.round(middle / 40))
  const first = Math.max(1, middle - levelsAside * step)
  return Array.from({ length: levelsAside * 2 + 1 }, (_, index) => first + index * step)
}

function scenarioOf({ handleSec, patienceSec, targetSec, ...rate }: StaffingQuestion, agents: number, calls: number) {
  const perHour = (rate.calls / rate.intervalMin) * 60
  return parseScenario({
    lengthMin: (calls * 0.9 * 60) / perHour,
    warmUpMin: (calls * 0.1 * 60) / perHour,
    intervals: batches,
    center: {
      queues: [
        {
          id: queueId,
          answer: 'with-agent',
          wrapUpMs: 0,
          maxWaiting: 100_000,
          maxWaitMs: 86_400_000,
          serviceLevel: { targetMs: Math.round(targetSec * 1_000) },
        },
      ],
      numbers: [{ match: queueId, queue: queueId }],
    },
    arrivals: [
      {
        number: queueId,
        perHour,
        talk: { meanSec: handleSec },
        patience: patienceSec === null ? null : { meanSec: patienceSec },
      },
    ],
    staff: [{ id: 'agent', agents, queues: [queueId] }],
  })
}
