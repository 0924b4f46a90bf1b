/** What happens in one random world: plain data, drawn by fast-check, so that a failure shrinks to its shortest story. */
import fc from 'fast-check'
import { type CenterInput, strategyNames } from '../../engine/config.ts'
import type { CallerPlan, Reaction } from '../../engine/simulation/index.ts'
import type { wideKinds } from './wide-plot.ts'

export interface Plot {
  readonly seed: number
  readonly center: CenterInput
  readonly conditions: { readonly lossRate: number; readonly duplicateRate: number; readonly reorderRate: number }
  /** By agent, in the order of the center: what the phone does with its first call, its second, and round again. */
  readonly reactions: readonly (readonly Reaction[])[]
  readonly callers: readonly { readonly atMs: number; readonly number: string; readonly plan: CallerPlan }[]
  readonly commands: readonly Command[]
  readonly cuts: readonly Cut[]
  /** What customers outside do who are called back. Absent: there is nobody. */
  readonly carrier?: readonly Reaction[]
}

export interface Command {
  readonly atMs: number
  readonly kind: (typeof commandKinds)[number] | (typeof wideKinds)[number]
  /** Chooses among agents or calls. */
  readonly pick: number
}

/** A phone is cut off from the network. */
export interface Cut {
  readonly who: 'agent' | 'caller'
  readonly pick: number
  readonly atMs: number
  /** Null: for good. */
  readonly forMs: number | null
}

export const commandKinds = [
  'available',
  'notReady',
  'signIn',
  'signOut',
  'completeWrapUp',
  'hangup',
  'toQueue',
  'toAgent',
  'applySame',
  'applyOther',
  'setAttributes',
  'prioritise',
  'require',
  'joinQueue',
  'leaveQueue',
  'noteWrapUp',
  'extendWrapUp',
  'explain',
  'acknowledge',
] as const

const queueIds = ['q0', 'q1', 'q2'] as const
export const agentIds = ['a0', 'a1', 'a2', 'a3'] as const
/** Everything random begins within this; then the world only has to come to rest. */
export const eventfulMs = 40_000

export const upTo = (max: number) => fc.integer({ min: 0, max })
export const often = <T>(value: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other })

const fewOrMany = fc.oneof(
  upTo(3).map(atMost => ({ atMost })),
  fc.integer({ min: 1, max: 3 }).map(atLeast => ({ atLeast })),
)

/** What rules ask for beside time. */
const circumstances = {
  position: fc.integer({ min: 1, max: 3 }).map(atMost => ({ atMost })),
  waiting: fewOrMany,
  ewtMs: upTo(20_000).map(atLeast => ({ atLeast })),
  eligible: fewOrMany,
  available: fewOrMany,
}

const overflow = fc.record({
  afterMs: fc.oneof({ weight: 3, arbitrary: upTo(15_000) }, { weight: 1, arbitrary: fc.constant(0) }),
  when: often({}, fc.record(circumstances, { requiredKeys: [] })),
  to: fc.oneof(
    fc.record({ queue: fc.constantFrom(...queueIds) }),
    fc.record({ number: fc.constantFrom('200', 'n0', 'n2') }),
    fc.record({ reject: fc.constantFrom(480, 486) }),
  ),
})

/** One step at most: its text is what the queue's visits ask for until they are told to have changed. */
const steps = fc.constantFrom('x >= 5', 'y', 'not y').chain(expression =>
  fc.array(fc.record({ expression: fc.constant(expression), afterMs: fc.integer({ min: 1, max: 8_000 }) }), {
    maxLength: 1,
  }),
)

/** Those that act more than once are called so; the audit knows them by it. */
const recipe = fc
  .record({
    when: fc.record(
      {
        waitedMs: upTo(8_000),
        ...circumstances,
      },
      { requiredKeys: [] },
    ),
    do: fc.oneof(
      fc.record({ removeSkills: fc.subarray(['x', 'y'], { minLength: 1 }) }),
      fc.record({ addSkills: fc.constantFrom('x >= 3', 'not y'), raisePriority: fc.constant(30) }),
      fc.record({ announce: fc.record({ position: fc.constant(true) }) }),
      fc.record({ to: fc.oneof(fc.record({ queue: fc.constantFrom(...queueIds) }), fc.constant({ reject: 480 })) }),
    ),
  })
  .chain(once => fc.constantFrom(once, { ...once, everyMs: 5_000 }))

const queue = fc.record({
  recipes: often([], fc.array(recipe, { minLength: 1, maxLength: 3 })),
  requirements: often(null, fc.constantFrom('x', 'x >= 3 or y')),
  steps: often([], steps),
  aging: fc.record({ perMinute: often(0, fc.constant(10)), max: fc.constant(5) }),
  retryExclusionMs: fc.constantFrom(0, 5_000),
  strategy: fc.constantFrom(...strategyNames),
  answer: fc.constantFrom('immediately' as const, 'with-agent' as const),
  ringTimeoutMs: fc.integer({ min: 1_000, max: 8_000 }),
  wrapUpMs: often(0, upTo(3_000)),
  offerCooldownMs: fc.constantFrom(0, 1_000, 5_000),
  missedOffersToNotReady: upTo(2),
  maxWaiting: upTo(5),
  full: fc.oneof(fc.record({ queue: fc.constantFrom(...queueIds) }), fc.constant({ reject: 486 })),
  maxWaitMs: fc.integer({ min: 2_000, max: 40_000 }),
  overflow: fc.array(overflow, { maxLength: 2 }),
  announce: fc.record({ position: fc.boolean(), everyMs: fc.constant(5_000) }),
})

const agent = fc.record({
  queues: fc.subarray([...queueIds], { minLength: 1 }),
  skills: fc.dictionary(
    fc.constantFrom('x', 'y'),
    fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constant(true as const)),
  ),
  /** In the last of the agent's queues. */
  priority: fc.integer({ min: 1, max: 2 }),
  delayMs: often(0, upTo(8_000)),
  alwaysAvailable: fc.boolean(),
})

const hold = fc.record({ afterMs: upTo(4_000), forMs: upTo(4_000) })
const ringAfterMs = fc.option(upTo(500))

export const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ ringAfterMs, afterMs: upTo(6_000), talkMs: fc.option(upTo(8_000)), hold: fc.option(hold) })
      .map(({ hold, ...plan }) => ({ kind: 'answer' as const, ...plan, ...(hold === null ? {} : { hold }) })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      ringAfterMs,
      afterMs: upTo(4_000),
      status: fc.constantFrom(486, 603, 503, 480, 404, 488, 302),
      retryAfterSec: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ignore' as const), ringAfterMs }) },
)

export const caller = fc.record({
  atMs: upTo(eventfulMs),
  number: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('n0', 'n1', 'n2') },
    { weight: 1, arbitrary: fc.constantFrom('200', 'nowhere') },
  ),
  plan: fc
    .record({ patienceMs: upTo(45_000), talkMs: upTo(12_000), hold: fc.option(hold) })
    .map(({ hold, ...plan }) => ({ ...plan, talkFrom: 'join' as const, ...(hold === null ? {} : { hold }) })),
})

const command = fc.record({ atMs: upTo(eventfulMs), kind: fc.constantFrom(...commandKinds), pick: upTo(100) })
const cut = fc.record({
  who: fc.constantFrom('agent' as const, 'caller' as const),
  pick: upTo(100),
  atMs: upTo(eventfulMs),
  forMs: fc.option(upTo(60_000)),
})

const rate = (max: number) => often(0, fc.double({ min: 0, max, noNaN: true }))

/** @param callers how many there are at most; more of them meet more commands and cuts */
export function plots({ callers }: { callers: number }): fc.Arbitrary<Plot> {
  const more = Math.max(1, Math.round(callers / 12))
  return fc
    .record({
      seed: upTo(1_000_000),
      queues: fc.array(queue, { minLength: 1, maxLength: 3 }),
      agents: fc.array(agent, { minLength: 1, maxLength: 4 }),
      mode: fc.constantFrom('relay' as const, 'direct' as const),
      conditions: fc.record({ lossRate: rate(0.2), duplicateRate: rate(0.2), reorderRate: rate(0.3) }),
      reactions: fc.array(fc.array(reaction, { minLength: 1, maxLength: 4 }), { minLength: 4, maxLength: 4 }),
      callers: fc.array(caller, { minLength: 1, maxLength: callers, size: callers > 12 ? 'max' : 'small' }),
      commands: fc.array(command, { maxLength: 8 * more }),
      cuts: fc.array(cut, { maxLength: 2 * more }),
    })
    .map(({ queues, agents, mode, ...rest }) => ({ center: centerOf(queues, agents, mode), ...rest }))
}

/** References to queues that were not drawn lead to the first one. */
function centerOf(
  queues: readonly Omit<NonNullable<CenterInput['queues']>[number], 'id'>[],
  agents: readonly {
    readonly queues: readonly string[]
    readonly skills: Readonly<Record<string, number | true>>
    readonly priority: number
    readonly delayMs: number
    readonly alwaysAvailable: boolean
  }[],
  mode: 'relay' | 'direct',
): CenterInput {
  const ids = queueIds.slice(0, queues.length)
  const known = (queueId: string | undefined) => ids.find(id => id === queueId) ?? queueIds[0]
  const elsewhere = (queueId: string | undefined, index: number) =>
    known(queueId) === ids[index] ? { priority: 3 } : { to: { queue: known(queueId) } }
  const fullOf = (full: object | undefined, index: number) => {
    const to = full !== undefined && 'queue' in full ? queueIds.find(id => id === full.queue) : undefined
    return to === undefined || known(to) === ids[index] ? { reject: 486 } : { queue: known(to) }
  }
  return {
    queues: queues.map((drawn, index) => ({
      ...drawn,
      id: ids[index] ?? '',
      full: fullOf(drawn.full, index),
      // A queue can't overflow into itself.
      overflow: (drawn.overflow ?? [])
        .map(({ afterMs = 0, when = {}, to = { reject: 480 } }) => ({
          afterMs,
          when,
          to: 'queue' in to ? { queue: known(to.queue) } : to,
        }))
        .filter(({ to }) => !('queue' in to) || to.queue !== ids[index]),
      recipes: (drawn.recipes ?? []).map((recipe, at) => ({
        ...recipe,
        name: `${recipe.everyMs === undefined ? 'once' : 'again'} ${at}`,
        do:
          recipe.do?.to !== undefined && 'queue' in recipe.do.to
            ? elsewhere(recipe.do.to.queue, index)
            : (recipe.do ?? {}),
      })),
    })),
    agents: agents.map((drawn, index) => ({
      id: agentIds[index] ?? '',
      skills: drawn.skills,
      queues: [...new Set(drawn.queues.map(known))].map((id, at, all) =>
        at === all.length - 1 ? { id, priority: drawn.priority, delayMs: drawn.delayMs } : id,
      ),
      alwaysAvailable: drawn.alwaysAvailable,
    })),
    numbers: [
      ...queueIds.map((_, index) => ({ match: `n${index}`, queue: known(ids[index]) })),
      { match: '200', agent: agentIds[0] },
    ],
    // Silent media can't tell that a phone has vanished; without a media timeout the phones are asked.
    media: { mode, timeoutMs: 0 },
  }
}
