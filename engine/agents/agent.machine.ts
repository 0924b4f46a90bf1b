/**
 * One agent as four parallel regions: session, availability, endpoint and slot (FEATURES §4). The machine decides
 * which states follow each other and owns the two deadlines of an agent, wrap-up and cooldown; it does no I/O and reads
 * no clock: every event carries the instant `at` (milliseconds since the epoch) at which it happened.
 */
import { assign, enqueueActions, not, or, type SnapshotFrom, setup, stateIn } from 'xstate'
import type { Availability } from '../api.ts'
import { cooldownOf, type MissCounts, type MissedOffer, noMisses, oneMore, reachesLimit } from './misses.ts'

/** What is to be applied when the present work ends. */
export interface NextStatus {
  readonly availability: Availability | 'signOut'
  readonly reason: string | null
}

export interface AgentInput {
  readonly alwaysAvailable: boolean
}

/** JSON only: it is persisted as it is. Instants are milliseconds since the epoch. */
export interface AgentContext {
  readonly alwaysAvailable: boolean
  /** A device is there: what the endpoint returns to when a foreign call ends. */
  readonly reachable: boolean
  /** Why notReady; null while available. */
  readonly reason: string | null
  readonly next: NextStatus | null
  /** Since the last call that was taken, or the last sign-in. */
  readonly misses: MissCounts
  readonly cooldownUntil: number
  // The latest work. It has no meaning while the slot is idle, and is not cleared then: each assign costs XState a
  // whole new snapshot.
  readonly offerId: string | null
  readonly callId: string | null
  readonly queueId: string | null
  readonly segmentId: string | null
  readonly wrapStartedAt: number | null
  readonly wrapUntil: number | null
}

interface At {
  readonly at: number
}

export type AgentEvent = At &
  (
    | { readonly type: 'signIn'; readonly availability: Availability; readonly reason: string | null }
    | { readonly type: 'signOut'; readonly reason: string }
    | { readonly type: 'setAvailability'; readonly availability: Availability; readonly reason: string | null }
    | { readonly type: 'clearNext' }
    | { readonly type: 'setAlwaysAvailable'; readonly alwaysAvailable: boolean }
    | { readonly type: 'deviceFound' }
    | { readonly type: 'deviceLost' }
    | { readonly type: 'foreignCallStarted' }
    | { readonly type: 'foreignCallEnded' }
    | {
        readonly type: 'reserve'
        readonly offerId: string
        readonly callId: string
        readonly queueId: string | null
      }
    /** The agent is rung on for another offer: that of a call which took over the one that rang. */
    | {
        readonly type: 'reoffer'
        readonly fromOfferId: string
        readonly offerId: string
        readonly callId: string
        readonly queueId: string | null
      }
    | { readonly type: 'ring'; readonly offerId: string }
    | { readonly type: 'offerWithdrawn'; readonly offerId: string }
    | { readonly type: 'offerMissed'; readonly offerId: string; readonly miss: MissedOffer }
    | {
        readonly type: 'engage'
        readonly offerId: string
        readonly callId: string
        readonly segmentId: string
        readonly queueId: string | null
      }
    /** A call that the agent has made himself becomes his work. */
    | {
        readonly type: 'takeOn'
        readonly callId: string
        readonly segmentId: string
        readonly queueId: string | null
      }
    /** The agent goes on with a segment, or with after-call work, as another segment: of the same call, or of one that took it over. */
    | {
        readonly type: 'reassign'
        readonly fromSegmentId: string
        readonly callId: string
        readonly segmentId: string
        readonly queueId: string | null
      }
    | { readonly type: 'hold' }
    | { readonly type: 'retrieve' }
    | { readonly type: 'consult' }
    | { readonly type: 'endConsult' }
    | { readonly type: 'conference' }
    | { readonly type: 'endConference' }
    /** `wrapUpMs` null: after-call work without a deadline; 0: none. */
    | { readonly type: 'callEnded'; readonly segmentId: string; readonly wrapUpMs: number | null }
    /** He was gone before he talked. */
    | { readonly type: 'callLost'; readonly segmentId: string; readonly cooldownMs: number }
    | { readonly type: 'wrapUpDone' }
    | { readonly type: 'extendWrapUp'; readonly byMs: number }
    /** After a restore: arms the timers of the stored deadlines again. */
    | { readonly type: 'resume' }
    /** Raised by the machine itself when the slot becomes idle and a next status waits. */
    | { readonly type: 'applyNext'; readonly next: NextStatus }
  )

/** A request for what already holds takes a stored status back instead of storing another. */
function nextAfter(present: Availability, context: AgentContext, wanted: NextStatus): NextStatus | null {
  const { availability, reason } = wanted
  return availability === present && reason === context.reason ? null : { availability, reason }
}

function signOutNext(reason: string): NextStatus {
  return { availability: 'signOut', reason }
}

/** The notReady reason that a stored status leaves behind. */
function reasonOf(next: NextStatus): string | null {
  return next.availability === 'signOut' ? 'offline' : next.reason
}

function segmentOf({ callId, segmentId, queueId }: Pick<AgentContext, 'callId' | 'segmentId' | 'queueId'>) {
  return { callId, segmentId, queueId }
}

const agentSetup = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as AgentInput,
  },
  guards: {
    slotIdle: stateIn({ slot: 'idle' }),
    /** Signing out has to wait for the end of an offer or a call; wrap-up it ends at once. */
    slotWorks: not(or([stateIn({ slot: 'idle' }), stateIn({ slot: 'wrapping' })])),
  },
  actions: {
    applyStoredStatus: enqueueActions(({ context, event, enqueue }) => {
      const { next } = context
      if (next === null) return
      enqueue.assign({ next: null })
      enqueue.raise({ type: 'applyNext', next, at: event.at })
    }),
  },
  delays: {
    // Computed from the stored deadline, because XState loses its timers on a restore.
    cooldown: ({ context, event }) => Math.max(0, context.cooldownUntil - event.at),
    wrapUp: ({ context, event }) => Math.max(0, (context.wrapUntil ?? 0) - event.at),
  },
})

const offered = agentSetup.createStateConfig({
  on: {
    reoffer: {
      guard: ({ context, event }) => event.fromOfferId === context.offerId,
      target: 'reserved',
      actions: assign(({ event }) => ({ offerId: event.offerId, callId: event.callId, queueId: event.queueId })),
    },
    offerWithdrawn: { guard: ({ context, event }) => event.offerId === context.offerId, target: 'idle' },
    offerMissed: [
      { guard: ({ context, event }) => event.offerId !== context.offerId },
      {
        guard: ({ context, event }) => reachesLimit(context, event.miss),
        target: 'idle',
        actions: assign(({ context }) => ({
          misses: noMisses,
          // The penalty stands although the agent asked to be available while the device rang.
          next: context.next?.availability === 'available' ? null : context.next,
        })),
      },
      {
        guard: ({ event }) => event.miss.cooldownMs > 0,
        target: 'idle.cooling',
        actions: assign(({ context, event }) => ({
          misses: oneMore(context.misses, event.miss),
          cooldownUntil: event.at + cooldownOf(context.misses, event.miss),
        })),
      },
      { target: 'idle', actions: assign({ misses: ({ context, event }) => oneMore(context.misses, event.miss) }) },
    ],
    engage: {
      guard: ({ context, event }) => event.offerId === context.offerId,
      target: 'engaged',
      actions: assign(({ event }) => ({
        misses: noMisses,
        offerId: null,
        callId: event.callId,
        segmentId: event.segmentId,
        queueId: event.queueId,
      })),
    },
  },
})

export const agentMachine = agentSetup.createMachine({
  id: 'agent',
  type: 'parallel',
  context: ({ input }) => ({
    alwaysAvailable: input.alwaysAvailable,
    reachable: false,
    reason: 'offline',
    next: null,
    misses: noMisses,
    cooldownUntil: 0,
    offerId: null,
    callId: null,
    queueId: null,
    segmentId: null,
    wrapStartedAt: null,
    wrapUntil: null,
  }),
  on: {
    setAlwaysAvailable: { actions: assign({ alwaysAvailable: ({ event }) => event.alwaysAvailable }) },
    clearNext: { actions: assign({ next: null }) },
  },
  states: {
    session: {
      initial: 'offline',
      states: {
        offline: { on: { signIn: { target: 'online', actions: assign({ misses: noMisses }) } } },
        online: {
          on: {
            signOut: [
              { guard: 'slotWorks', actions: assign({ next: ({ event }) => signOutNext(event.reason) }) },
              { target: 'offline', actions: assign({ next: null }) },
            ],
            applyNext: { guard: ({ event }) => event.next.availability === 'signOut', target: 'offline' },
          },
        },
      },
    },
    availability: {
      initial: 'notReady',
      states: {
        notReady: {
          on: {
            signIn: [
              {
                guard: ({ event }) => event.availability === 'available',
                target: 'available',
                actions: assign({ reason: null }),
              },
              { actions: assign({ reason: ({ event }) => event.reason }) },
            ],
            setAvailability: [
              {
                guard: not('slotIdle'),
                actions: assign({ next: ({ context, event }) => nextAfter('notReady', context, event) }),
              },
              {
                guard: ({ event }) => event.availability === 'available',
                target: 'available',
                actions: assign({ reason: null }),
              },
              { actions: assign({ reason: ({ event }) => event.reason }) },
            ],
            signOut: { guard: not('slotWorks'), actions: assign({ reason: 'offline' }) },
            applyNext: [
              {
                guard: ({ event }) => event.next.availability === 'available',
                target: 'available',
                actions: assign({ reason: null }),
              },
              { actions: assign({ reason: ({ event }) => reasonOf(event.next) }) },
            ],
          },
        },
        available: {
          on: {
            setAvailability: [
              {
                guard: not('slotIdle'),
                actions: assign({ next: ({ context, event }) => nextAfter('available', context, event) }),
              },
              {
                guard: ({ event }) => event.availability === 'notReady',
                target: 'notReady',
                actions: assign({ reason: ({ event }) => event.reason }),
              },
            ],
            signOut: { guard: not('slotWorks'), target: 'notReady', actions: assign({ reason: 'offline' }) },
            offerMissed: {
              guard: ({ context, event }) => event.offerId === context.offerId && reachesLimit(context, event.miss),
              target: 'notReady',
              actions: assign({ reason: ({ event }) => event.miss.reason }),
            },
            applyNext: {
              guard: ({ event }) => event.next.availability !== 'available',
              target: 'notReady',
              actions: assign({ reason: ({ event }) => reasonOf(event.next) }),
            },
          },
        },
      },
    },
    endpoint: {
      initial: 'unreachable',
      states: {
        unreachable: {
          on: {
            deviceFound: { target: 'reachable', actions: assign({ reachable: true }) },
            foreignCallStarted: 'inUse',
          },
        },
        reachable: {
          on: {
            deviceLost: { target: 'unreachable', actions: assign({ reachable: false }) },
            foreignCallStarted: 'inUse',
          },
        },
        inUse: {
          on: {
            deviceFound: { actions: assign({ reachable: true }) },
            deviceLost: { actions: assign({ reachable: false }) },
            foreignCallEnded: [{ guard: ({ context }) => context.reachable, target: 'reachable' }, 'unreachable'],
          },
        },
      },
    },
    slot: {
      initial: 'idle',
      states: {
        idle: {
          entry: 'applyStoredStatus',
          initial: 'free',
          on: { takeOn: { target: 'engaged', actions: assign(({ event }) => segmentOf(event)) } },
          states: {
            free: {
              on: {
                reserve: {
                  target: '#agent.slot.reserved',
                  actions: assign(({ event }) => ({
                    offerId: event.offerId,
                    callId: event.callId,
                    queueId: event.queueId,
                  })),
                },
              },
            },
            cooling: {
              after: { cooldown: 'free' },
              on: { resume: { target: 'cooling', reenter: true } },
            },
          },
        },
        reserved: {
          on: {
            ...offered.on,
            ring: { guard: ({ context, event }) => event.offerId === context.offerId, target: 'ringing' },
          },
        },
        ringing: { on: offered.on },
        engaged: {
          initial: 'talking',
          states: {
            talking: { on: { hold: 'held', consult: 'consulting', conference: 'conferencing' } },
            held: { on: { retrieve: 'talking', consult: 'consulting', conference: 'conferencing' } },
            consulting: { on: { endConsult: 'talking', conference: 'conferencing' } },
            conferencing: { on: { endConference: 'talking' } },
          },
          on: {
            reassign: {
              guard: ({ context, event }) => event.fromSegmentId === context.segmentId,
              target: '.talking',
              actions: assign(({ event }) => segmentOf(event)),
            },
            callEnded: [
              { guard: ({ context, event }) => event.segmentId !== context.segmentId },
              {
                guard: ({ event }) => event.wrapUpMs === null,
                target: 'wrapping.open',
                actions: assign(({ event }) => ({ wrapStartedAt: event.at, wrapUntil: null })),
              },
              {
                guard: ({ event }) => (event.wrapUpMs ?? 0) > 0,
                target: 'wrapping.timed',
                actions: assign(({ event }) => ({
                  wrapStartedAt: event.at,
                  wrapUntil: event.at + (event.wrapUpMs ?? 0),
                })),
              },
              { target: 'idle' },
            ],
            callLost: [
              { guard: ({ context, event }) => event.segmentId !== context.segmentId },
              {
                guard: ({ event }) => event.cooldownMs > 0,
                target: 'idle.cooling',
                actions: assign({ cooldownUntil: ({ event }) => event.at + event.cooldownMs }),
              },
              { target: 'idle' },
            ],
          },
        },
        wrapping: {
          initial: 'timed',
          states: {
            timed: {
              after: { wrapUp: '#agent.slot.idle' },
              on: {
                resume: { target: 'timed', reenter: true },
                extendWrapUp: {
                  target: 'timed',
                  reenter: true,
                  actions: assign({
                    wrapUntil: ({ context, event }) => (context.wrapUntil ?? event.at) + event.byMs,
                  }),
                },
              },
            },
            /** Until somebody ends it. */
            open: {},
          },
          on: {
            wrapUpDone: 'idle',
            signOut: 'idle',
            // The call comes back to whom it was taken from.
            reassign: {
              guard: ({ context, event }) => event.fromSegmentId === context.segmentId,
              target: 'engaged',
              actions: assign(({ event }) => segmentOf(event)),
            },
            reserve: {
              guard: ({ context, event }) => event.callId === context.callId,
              target: 'reserved',
              actions: assign(({ event }) => ({ offerId: event.offerId, queueId: event.queueId })),
            },
          },
        },
      },
    },
  },
})

export type AgentSnapshot = Pick<SnapshotFrom<typeof agentMachine>, 'value' | 'context'>
