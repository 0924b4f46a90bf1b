/** Who is there in a scenario, and when. */
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { Distribution } from './draws.ts'
import type { Scenario, StaffGroup } from './scenario.ts'

export interface Shift {
  readonly fromMs: number
  readonly toMs: number
}

export interface Worker {
  readonly agentId: string
  /** From the start of the scenario. */
  readonly shifts: readonly Shift[]
  /** Null: they answer at once. */
  readonly answer: Distribution | null
}

export interface Staffed {
  /** With all agents of the scenario; each has a phone that is nowhere. */
  readonly center: CenterInput
  readonly workers: readonly Worker[]
}

const minuteMs = 60_000
const phonesNet = '10.2'

/** Puts the staff into the center. Agents of the center are there all the time. @throws EngineError `config.invalid` */
export function staffed({ center, staff, warmUpMin, lengthMin }: Scenario): Staffed {
  const parsed = parseCenter(center)
  const always = [{ fromMs: 0, toMs: (warmUpMin + lengthMin) * minuteMs }]
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
    workers: [
      ...parsed.agents.map(({ id }) => ({ agentId: id, shifts: always, answer: null })),
      ...hired.map(({ agent, group }) => ({
        agentId: agent.id,
        shifts: group.present.length === 0 ? always : group.present.map(shiftOf),
        answer: group.answer,
      })),
    ],
  }
}

function hire({ id, agents, queues, skills }: StaffGroup) {
  return Array.from({ length: agents }, (_, index) => ({ id: `${id}-${index + 1}`, queues, skills }))
}

function shiftOf({ fromMin, toMin }: { readonly fromMin: number; readonly toMin: number }): Shift {
  return { fromMs: fromMin * minuteMs, toMs: toMin * minuteMs }
}
