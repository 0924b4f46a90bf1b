/**
 * One offer of a call to one agent (FEATURES §4): pending → accepted | rejected | timed_out | failed. What ends it from
 * outside, canceled and rescinded, is the call machine's doing: it stops this actor and says so itself. So every offer
 * has exactly one terminal transition.
 */
import { sendParent, setup } from 'xstate'

export type RefusalOutcome = 'rejected' | 'failed'

export interface OfferContext {
  readonly offerId: string
  /** Time left to ring when the actor started; after a restore the rest until the stored deadline. */
  readonly ringTimeoutMs: number
}

export type OfferMachineEvent =
  | { type: 'ringing' }
  | { type: 'answered' }
  | { type: 'refused'; outcome: RefusalOutcome; reason: string; sipCode: number | null }

/** What the call machine is told. */
export type OfferReport =
  | { type: 'offer.rings'; offerId: string }
  | {
      type: 'offer.ends'
      offerId: string
      outcome: 'accepted' | 'timed_out' | RefusalOutcome
      reason: string
      sipCode: number | null
    }

export const offerMachine = setup({
  types: {
    context: {} as OfferContext,
    input: {} as OfferContext,
    events: {} as OfferMachineEvent,
  },
  actions: {
    reportRinging: sendParent(
      ({ context }: { context: OfferContext }): OfferReport => ({ type: 'offer.rings', offerId: context.offerId }),
    ),
    reportAccepted: sendParent(
      ({ context }: { context: OfferContext }): OfferReport => ({
        type: 'offer.ends',
        offerId: context.offerId,
        outcome: 'accepted',
        reason: 'answered',
        sipCode: 200,
      }),
    ),
    reportRefusal: sendParent(
      ({ context, event }: { context: OfferContext; event: OfferMachineEvent }): OfferReport => {
        const refusal =
          event.type === 'refused' ? event : { outcome: 'failed' as const, reason: 'unknown', sipCode: null }
        return {
          type: 'offer.ends',
          offerId: context.offerId,
          outcome: refusal.outcome,
          reason: refusal.reason,
          sipCode: refusal.sipCode,
        }
      },
    ),
    reportTimeout: sendParent(
      ({ context }: { context: OfferContext }): OfferReport => ({
        type: 'offer.ends',
        offerId: context.offerId,
        outcome: 'timed_out',
        reason: 'noAnswer',
        sipCode: null,
      }),
    ),
  },
  delays: { ringTimeout: ({ context }) => context.ringTimeoutMs },
}).createMachine({
  id: 'offer',
  context: ({ input }) => input,
  initial: 'pending',
  states: {
    pending: {
      initial: 'reserved',
      after: { ringTimeout: { target: 'timed_out', actions: 'reportTimeout' } },
      on: {
        answered: { target: 'accepted', actions: 'reportAccepted' },
        refused: [
          { guard: ({ event }) => event.outcome === 'rejected', target: 'rejected', actions: 'reportRefusal' },
          { target: 'failed', actions: 'reportRefusal' },
        ],
      },
      states: {
        reserved: { on: { ringing: { target: 'ringing', actions: 'reportRinging' } } },
        ringing: {},
      },
    },
    accepted: { type: 'final' },
    rejected: { type: 'final' },
    timed_out: { type: 'final' },
    failed: { type: 'final' },
  },
})
