/** The center under every bench: one queue that is measured, and whoever stands around it. */
import type { CenterInput } from '../../engine/config.ts'

export interface BenchCenter {
  /** Where the agents' phones are, as `host:port`; all of them at one place, told apart by their names. */
  readonly phones: string
  /** Where calls come from. */
  readonly callers: string
  /** Agents of the queue that is measured. */
  readonly agents: number
  /** Agents of other queues, signed in and free as well. */
  readonly agentsElsewhere?: number
  /** How many calls the center must be able to hold. */
  readonly mostCalls?: number
  /** By default audio goes past us. */
  readonly mode?: 'direct' | 'relay'
}

/** What is dialled to reach agents, and to wait where nobody is. */
export const dialled = { bench: 'bench', nobody: 'nobody' } as const

/** As many as a team has: the others are spread over queues of this size. */
const perQueue = 50

const queue = (id: string) => ({
  ...{ id, answer: 'with-agent' as const, maxWaiting: 100_000 },
  ...{ wrapUpMs: 0, offerCooldownMs: 0 },
})

export function benchCenter({
  phones,
  callers,
  agents,
  agentsElsewhere = 0,
  mostCalls = 10_000,
  mode = 'direct',
}: BenchCenter): CenterInput {
  const agent = (id: string, queueId: string) => ({
    id,
    contact: `sip:${id}@${phones}`,
    queues: [queueId],
    alwaysAvailable: true,
  })
  return {
    queues: [
      ...Object.values(dialled).map(queue),
      ...Array.from({ length: Math.ceil(agentsElsewhere / perQueue) }, (_, i) => queue(`other${i}`)),
    ],
    agents: [
      ...Array.from({ length: agents }, (_, i) => agent(`a${i}`, dialled.bench)),
      ...Array.from({ length: agentsElsewhere }, (_, i) => agent(`b${i}`, `other${Math.floor(i / perQueue)}`)),
    ],
    numbers: Object.values(dialled).map(name => ({ match: name, queue: name })),
    trunks: [{ id: 'callers', addresses: [callers] }],
    sip: { overload: { maxCalls: mostCalls, maxHalfOpen: mostCalls } },
    media: { mode },
  }
}
