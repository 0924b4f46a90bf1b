/** Who is there in a scenario, and when. */
import type { CenterInput, QueueConfig } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { Distribution } from './draws.ts'
import type { History, Presence } from './history.ts'
import type { Scenario, StaffGroup } from './scenario.ts'

export interface Shift {
  readonly fromMs: number
  readonly toMs: number
}

export interface Worker {
  readonly agentId: string
  /** From the start of the scenario. */
  readonly shifts: readonly Shift[]
  /** How long the phone rings until the answer: drawn, or one of these times in ms. Null: they answer at once. */
  readonly answer: Distribution | readonly number[] | null
}

export interface Staffed {
  /** With all agents of the scenario; each has a phone that is nowhere. */
  readonly center: CenterInput
  readonly queues: readonly QueueConfig[]
  readonly workers: readonly Worker[]
}

const minuteMs = 60_000
const phonesNet = '10.2'

/**
 * Puts the staff into the center. Agents of the center are there all the time; when a day is replayed, as they were then, or,
 * if the scenario has staff, not at all. @throws EngineError `config.invalid`
 */
export function staffed({ center, staff, warmUpMin, lengthMin }: Scenario, history: History | null): Staffed {
  const parsed = parseCenter(center)
  const endMs = (warmUpMin + lengthMin) * minuteMs
  const always = [{ fromMs: 0, toMs: endMs }]
  const hired = staff.flatMap(group => hire(group).map(agent => ({ agent, group })))
  const agents = [...parsed.agents, ...hired.map(({ agent }) => agent)]
  return {
    center: {
      ...parsed,
      agents: agents.map((agent, index) => ({
        ...agent,
        alwaysAvailable: false,
        contact: `sip:${agent.id}@${phonesNet}.${index >> 8}.${index & 255}:5060`,
      })),
    },
    queues: parsed.queues,
    workers: [
      ...(history === null
        ? parsed.agents.map(({ id }) => ({ agentId: id, shifts: always, answer: null }))
        : staff.length > 0
          ? []
          : recorded(history, endMs)),
      ...hired.map(({ agent, group }) => ({
        agentId: agent.id,
        shifts: group.present.length === 0 ? always : group.present.map(shiftOf),
        answer: group.answer,
      })),
    ],
  }
}

function recorded({ presence, ringMs, fromMs }: History, endMs: number): Worker[] {
  return [...presence].map(([agentId, times]) => ({
    agentId,
    shifts: times.map(time => shiftFrom(time, fromMs)).filter(shift => shift.fromMs < endMs),
    answer: ringMs.get(agentId) ?? null,
  }))
}

function shiftFrom(time: Presence, startMs: number): Shift {
  return { fromMs: time.fromMs - startMs, toMs: time.toMs - startMs }
}

function hire({ id, agents, queues, skills }: StaffGroup) {
  return Array.from({ length: agents }, (_, index) => ({ id: `${id}-${index + 1}`, queues, skills }))
}

function shiftOf({ fromMin, toMin }: { readonly fromMin: number; readonly toMin: number }): Shift {
  return { fromMs: fromMin * minuteMs, toMs: toMin * minuteMs }
}
