import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, and, assign, createActor, type EventObject, emit, setup, stateIn } from 'xstate'
import { agentMachine } from '../agents/agent.machine.ts'
import { callMachine } from '../calls/call.machine.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { startChart } from './chart-actor.ts'

/** What a run can be seen to do: after each input the state, the context, and what was emitted. */
interface Trace {
  readonly status: string
  readonly value: unknown
  readonly context: unknown
  readonly emitted: readonly unknown[]
}

type Input = EventObject | { readonly waitMs: number }

function byXState(machine: AnyStateMachine, input: unknown, inputs: readonly Input[]): Trace[] {
  const clock = createTestClock()
  let emitted: unknown[] = []
  const actor = createActor(machine, { input: input as never, clock: clock as never })
  actor.subscribe({ error: () => {} })
  actor.on('*', event => emitted.push(event))
  actor.start()
  // XState complains of events for an actor that is done.
  const send = (event: EventObject) => actor.getSnapshot().status === 'active' && actor.send(event)
  return traced(inputs, clock, send, () => {
    const { status, value, context } = actor.getSnapshot()
    const trace = { status, value, context, emitted }
    emitted = []
    return trace
  })
}

function byChart(machine: AnyStateMachine, input: unknown, inputs: readonly Input[]): Trace[] {
  const clock = createTestClock()
  let emitted: unknown[] = []
  const actor = startChart(machine, { input: input as never, clock, onEmitted: event => emitted.push(event) })
  return traced(
    inputs,
    clock,
    event => actor.send(event),
    () => {
      const { status, value, context } = actor.getSnapshot()
      const trace = { status, value, context, emitted }
      emitted = []
      return trace
    },
  )
}

function traced(
  inputs: readonly Input[],
  clock: { now(): number; advance(ms: number): void },
  send: (event: EventObject) => unknown,
  look: () => Trace,
): Trace[] {
  const traces = [look()]
  for (const input of inputs) {
    if ('waitMs' in input) clock.advance(input.waitMs as number)
    else send(Object.assign({ at: clock.now() }, input))
    traces.push(look())
  }
  return traces
}

const id = fc.constantFrom('o1', 'o2', 'o3')
const wait = fc.constantFrom(1, 900, 5_000, 20_000).map(waitMs => ({ waitMs }))
const event = <T extends object>(type: string, fields: { [K in keyof T]: fc.Arbitrary<T[K]> } = {} as never) =>
  fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<Input>
const plain = (...types: string[]) => fc.constantFrom(...types).map(type => ({ type }))

const callInput = fc.oneof(
  { weight: 3, arbitrary: event('enqueue', { visitId: fc.constantFrom('v1', 'v2') }) },
  { weight: 5, arbitrary: event('offer.start', { offerId: id, ringTimeoutMs: fc.constantFrom(1_000, 15_000) }) },
  { weight: 4, arbitrary: event('agent.ringing', { offerId: id }) },
  { weight: 3, arbitrary: event('agent.answered', { offerId: id }) },
  {
    weight: 3,
    arbitrary: event('agent.refused', {
      offerId: id,
      outcome: fc.constantFrom('rejected', 'failed'),
      reason: fc.constantFrom('busy', 'declined'),
      sipCode: fc.constantFrom(486, null),
    }),
  },
  { weight: 3, arbitrary: wait },
  { weight: 4, arbitrary: plain('bridged', 'hold', 'retrieve', 'agent.left', 'visit.end') },
  {
    weight: 1,
    arbitrary: plain(
      ...['screen', 'consult.start', 'consult.end', 'conference', 'park', 'unpark', 'recall', 'callback.accepted'],
      ...['callback.due', 'callback.failed', 'divert', 'reject', 'fail', 'customer.left', 'nonsense'],
    ),
  },
)

const availability = fc.constantFrom('available', 'notReady')
const reason = fc.constantFrom('lunch', null)
const agentInput = fc.oneof(
  event('signIn', { availability, reason }),
  event('signOut', { reason: fc.constant('signOut') }),
  event('setAvailability', { availability, reason }),
  event('setAlwaysAvailable', { alwaysAvailable: fc.boolean() }),
  event('reserve', { offerId: id, callId: fc.constant('c'), queueId: fc.constantFrom('q', null) }),
  event('ring', { offerId: id }),
  event('offerWithdrawn', { offerId: id }),
  event('offerMissed', {
    offerId: id,
    miss: fc.record({
      reason: fc.constantFrom('noAnswer', 'declined', 'unreachable'),
      cooldownMs: fc.constantFrom(0, 5_000),
      growth: fc.constantFrom(1, 2),
      maxCooldownMs: fc.constantFrom(0, 12_000),
      limit: fc.constantFrom(0, 2),
    }),
  }),
  event('engage', { offerId: id, callId: fc.constant('c'), segmentId: fc.constantFrom('s1', 's2'), queueId: reason }),
  event('callLost', { segmentId: fc.constantFrom('s1', 's2'), cooldownMs: fc.constantFrom(0, 5_000) }),
  event('callEnded', { segmentId: fc.constantFrom('s1', 's2'), wrapUpMs: fc.constantFrom(0, 10_000, null) }),
  event('extendWrapUp', { byMs: fc.constantFrom(0, 5_000) }),
  plain('clearNext', 'deviceFound', 'deviceLost', 'foreignCallStarted', 'foreignCallEnded', 'hold', 'retrieve'),
  plain('consult', 'endConsult', 'conference', 'endConference', 'wrapUpDone', 'resume', 'nonsense'),
  wait,
)

describe('does what XState does', () => {
  test('with the machine of calls and its offers', () => {
    fc.assert(
      fc.property(fc.array(callInput, { maxLength: 40 }), inputs => {
        const input = { callId: 'c' }
        expect(byChart(callMachine, input, inputs)).toEqual(byXState(callMachine, input, inputs))
      }),
      { numRuns: 500 },
    )
  })

  test('with the machine of agents', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(agentInput, { maxLength: 60 }), (alwaysAvailable, inputs) => {
        const input = { alwaysAvailable }
        expect(byChart(agentMachine, input, inputs)).toEqual(byXState(agentMachine, input, inputs))
      }),
      { numRuns: 500 },
    )
  })
})

describe('an actor', () => {
  const clock = createTestClock()
  const machine = setup({
    types: { context: {} as { count: number }, emitted: {} as { type: 'counted'; count: number }, input: {} as number },
  }).createMachine({
    context: ({ input }) => ({ count: input }),
    initial: 'on',
    states: {
      on: {
        on: {
          count: {
            actions: [
              assign({ count: ({ context }) => context.count + 1 }),
              emit(({ context }) => ({ type: 'counted', count: context.count }) as const),
            ],
          },
          throw: {
            actions: assign(() => {
              throw new Error('broken')
            }),
          },
          end: 'off',
        },
        after: { 1000: 'off' },
      },
      off: { type: 'final' },
    },
  })

  test('takes an event that is sent within a step after that step', () => {
    const seen: number[] = []
    const actor = startChart(machine, {
      input: 0,
      clock,
      onEmitted: ({ count }) => {
        if (count < 3) actor.send({ type: 'count' })
        seen.push(count, actor.getSnapshot().context.count)
      },
    })
    actor.send({ type: 'count' })
    expect(seen).toEqual([1, 1, 2, 2, 3, 3])
    actor.stop()
  })

  test('keeps its snapshot while nothing changes, and makes a new one when something does', () => {
    const actor = startChart(machine, { input: 0, clock })
    const before = actor.getSnapshot()
    actor.send({ type: 'unknown' })
    expect(actor.getSnapshot()).toBe(before)
    actor.send({ type: 'count' })
    expect(actor.getSnapshot()).not.toBe(before)
    expect(before.context.count).toBe(0)
    actor.stop()
  })

  test('that threw is dead, tells so once and leaves no timer', () => {
    const errors: unknown[] = []
    const actor = startChart(machine, { input: 0, clock, onError: error => errors.push(error) })
    actor.send({ type: 'throw' })
    actor.send({ type: 'count' })
    actor.send({ type: 'throw' })
    expect(errors).toEqual([new Error('broken')])
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', context: { count: 0 } })
    expect(clock.pending).toBe(0)
  })

  test('whose listener threw is dead, too: a fault is told where the actor is owned', () => {
    const errors: unknown[] = []
    const actor = startChart(machine, {
      input: 0,
      clock,
      onEmitted: () => {
        throw new Error('deaf')
      },
      onError: error => errors.push(error),
    })
    actor.send({ type: 'count' })
    expect(errors).toEqual([new Error('deaf')])
  })

  test('that is done or stopped has no timer and takes nothing', () => {
    for (const finish of [{ type: 'end' }, null]) {
      const actor = startChart(machine, { input: 0, clock })
      if (finish === null) actor.stop()
      else actor.send(finish)
      expect(clock.pending).toBe(0)
      const before = actor.getSnapshot()
      actor.send({ type: 'count' })
      expect(actor.getSnapshot()).toBe(before)
    }
  })
})

describe('refuses when it is compiled', () => {
  const { createMachine } = setup({ guards: { yes: () => true } })
  const compile = (machine: unknown) => () =>
    startChart(machine as AnyStateMachine, { input: undefined as never, clock: createTestClock() })

  test.each<[string, unknown, RegExp]>([
    ['eventless transitions', createMachine({ initial: 'a', states: { a: { always: 'b' }, b: {} } }), /a: `always`/],
    ['wildcards', createMachine({ initial: 'a', states: { a: { on: { '*': 'b' } }, b: {} } }), /wildcard/],
    ['history', createMachine({ initial: 'a', states: { a: {}, h: { type: 'history' } } }), /history/],
    ['invoked actors', createMachine({ initial: 'a', states: { a: { invoke: { src: 'x' } } } } as never), /`invoke`/],
    [
      'parallel states below the root',
      createMachine({ initial: 'a', states: { a: { type: 'parallel', states: {} } } }),
      /only the root/,
    ],
    [
      'a transition from one region into another',
      createMachine({
        id: 'm',
        type: 'parallel',
        states: {
          a: { initial: 'x', states: { x: { on: { go: '#m.b.y' } } } },
          b: { initial: 'y', states: { y: {} } },
        },
      }),
      /leaves its region/,
    ],
    [
      'nested stateIn',
      createMachine({
        initial: 'a',
        states: { a: { on: { go: { guard: and(['yes', stateIn({ a: { b: 'c' } })]), target: 'a' } } } },
      }),
      /stateIn/,
    ],
  ])('%s', (_, machine, message) => {
    expect(compile(machine)).toThrow(message)
  })
})
