/**
 * More of what may happen in a random world: rings that widen, wishes of calls for skills and agents, by flow and by command,
 * options of strategies, phones that are nobody's, and callbacks to customers outside. Drawn after the rest, so that a seed
 * still has the world that it had, with these in addition.
 */
import fc from 'fast-check'
import type { CenterInput } from '../../engine/config.ts'
import type { Reaction } from '../../engine/simulation/index.ts'
import { agentIds, caller, eventfulMs, often, type Plot, plots, reaction, upTo } from './plot.ts'

export const carrierHost = '10.3.0.1'
export const deviceIds = ['d0', 'd1'] as const

export const wideKinds = ['prefer', 'avoid', 'callBack', 'cancelCallback', 'sitDown'] as const

const wish = fc.constantFrom('x', 'y', 'x >= 5', 'not y', 'x or y')
const ring = fc.record({ timeoutMs: fc.integer({ min: 1, max: 8_000 }), removeSkills: fc.subarray(['x', 'y']) })
const step = fc.record({ expression: wish, afterMs: fc.integer({ min: 1, max: 8_000 }) })

const queue = fc.record({
  /** In place of steps. */
  bullseye: often([], fc.array(ring, { minLength: 1, maxLength: 3 })),
  /** Behind its first step. */
  steps: often([], fc.array(step, { maxLength: 2 })),
  preferredAgents: fc.record({ busyWaitMs: upTo(8_000), offlineWaitMs: often(0, upTo(5_000)) }),
  strategyOptions: fc.record({
    idleSince: fc.constantFrom('ready', 'callEnd', 'breakEnd', 'wrapUpEnd', 'offered'),
    count: fc.constantFrom('queue', 'center'),
    countSince: fc.constantFrom('day', 'signIn'),
  }),
  callback: fc.record({
    mode: fc.constantFrom('agent-first', 'customer-first'),
    delayMs: often(0, upTo(5_000)),
    maxAttempts: fc.integer({ min: 1, max: 2 }),
    retryMs: fc.integer({ min: 1_000, max: 5_000 }),
    ringMs: fc.integer({ min: 5_000, max: 8_000 }),
    expireMs: fc.constant(60_000),
    maxOpen: upTo(3),
  }),
})

const named = fc.subarray([...agentIds]).map(ids => ids.map((id, at) => `${id}:${90 - at * 10}`).join(', '))

const flow = fc.record({
  set: fc.record({ preferredAgents: named, avoidAgents: fc.constantFrom('', ...agentIds) }, { requiredKeys: [] }),
  enqueue: fc.record(
    { priority: upTo(9), requirements: wish, steps: fc.array(step, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
  queue: upTo(2),
})

interface More {
  readonly queues: readonly NonNullable<CenterInput['queues']>[number][]
  readonly flows: readonly { readonly set: object; readonly enqueue: object; readonly queue: number }[]
  readonly callers: Plot['callers']
  readonly commands: Plot['commands']
  readonly carrier: readonly Reaction[]
}

/** Nobody but himself ends the wait of a customer who is called back before there is an agent. */
function hangingUp([reaction, talkMs]: [Reaction, number]): Reaction {
  return reaction.kind === 'answer' ? { ...reaction, talkMs: reaction.talkMs ?? talkMs } : reaction
}

/** @param size of the plot, and of what is added */
export function widePlots(size: { callers: number }): fc.Arbitrary<Plot> {
  const more = fc.record({
    queues: fc.array(queue, { minLength: 3, maxLength: 3 }),
    flows: fc.array(flow, { minLength: 2, maxLength: 2 }),
    callers: fc.array(fc.record({ caller, flow: fc.constantFrom('f0', 'f1') }), {
      maxLength: Math.ceil(size.callers / 3),
    }),
    commands: fc.array(
      fc.record({ atMs: upTo(eventfulMs), kind: fc.constantFrom(...wideKinds, 'require' as const), pick: upTo(100) }),
      {
        maxLength: 4 * Math.max(1, Math.round(size.callers / 12)),
      },
    ),
    carrier: fc.array(fc.tuple(reaction, upTo(20_000)).map(hangingUp), { minLength: 1, maxLength: 3 }),
  })
  return fc.tuple(plots(size), more).map(([plot, { callers, ...rest }]) =>
    widened(plot, {
      ...rest,
      callers: callers.map(({ caller, flow }) => ({ ...caller, number: flow })),
    } as More),
  )
}

function widened(plot: Plot, { queues, flows, callers, commands, carrier }: More): Plot {
  const { center } = plot
  const known = center.queues ?? []
  return {
    ...plot,
    center: {
      ...center,
      queues: known.map((drawn, index) => {
        const { bullseye = [], steps = [], ...others } = queues[index] ?? {}
        const isStaged = (drawn.steps ?? []).length > 0
        if (isStaged) return { ...drawn, ...others, steps: [...(drawn.steps ?? []), ...steps] }
        // Rings widen what is required.
        const required = bullseye.length > 0 ? { requirements: drawn.requirements ?? 'x and y' } : {}
        return { ...drawn, ...others, ...required, bullseye }
      }),
      flows: flows.map(({ set, enqueue, queue }, index) => ({
        id: `f${index}`,
        steps: [
          ...(Object.keys(set).length === 0 ? [] : [{ set }]),
          { enqueue: { ...enqueue, queue: known[queue % known.length]?.id ?? '' } },
        ],
      })),
      numbers: [...(center.numbers ?? []), ...flows.map((_, index) => ({ match: `f${index}`, flow: `f${index}` }))],
      devices: deviceIds.map(id => ({ id })),
      trunks: [
        { id: 'people', addresses: ['10.1.0.0/16'] },
        { id: 'carrier', addresses: [carrierHost], host: carrierHost },
      ],
      outbound: [{ prefix: '+44', trunk: 'carrier' }],
    },
    callers: [...plot.callers, ...callers],
    commands: [...plot.commands, ...commands],
    carrier,
  }
}
