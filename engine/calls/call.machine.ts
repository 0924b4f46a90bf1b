/**
 * The life of one call (FEATURES §4).
 *
 *   arrived → screening → queued ⇄ offered → connecting → connected → completed
 *   aside: dialling → external → diverted, or completed for an agent's own call
 *   terminal: completed, abandoned, diverted, rejected, failed
 *
 * It decides what is legal and when offers end; signalling, events and agents are moved by the Call around it, which
 * listens to what the machine emits. Wrap-up belongs to the agent's slot, not to the call.
 */
import { assign, emit, enqueueActions, sendTo, setup } from 'xstate'
import type { OfferOutcome } from '../events.ts'
import { type OfferReport, offerMachine, type RefusalOutcome } from './offer.machine.ts'

export interface CallContext {
  readonly callId: string
  /** Null while in no queue, and for a call to an agent without a queue. */
  readonly visitId: string | null
  /** Offers without a terminal outcome. */
  readonly pending: readonly string[]
  readonly accepted: string | null
  /** The call to an outside number is an agent's own, not one that was sent on. */
  readonly own: boolean
}

export type CallMachineEvent =
  | { type: 'screen' }
  | { type: 'enqueue'; visitId: string }
  /** Overflow: the visit is over, the call goes elsewhere. */
  | { type: 'visit.end' }
  | { type: 'offer.start'; offerId: string; ringTimeoutMs: number }
  | { type: 'agent.ringing'; offerId: string }
  | { type: 'agent.answered'; offerId: string }
  | { type: 'agent.refused'; offerId: string; outcome: RefusalOutcome; reason: string; sipCode: number | null }
  /** An outside number is called. */
  | { type: 'dial'; own: boolean }
  | { type: 'bridged' }
  | { type: 'hold' }
  | { type: 'retrieve' }
  /** The agent is out of the call: it goes to somebody else. */
  | { type: 'transfer' }
  /** Somebody who was answered before is to be bridged: the agent again, or whom he has talked to. */
  | { type: 'rejoin'; offerId: string }
  | { type: 'consult.start' }
  | { type: 'consult.end' }
  | { type: 'conference' }
  | { type: 'park' }
  | { type: 'unpark' }
  | { type: 'recall' }
  | { type: 'callback.accepted' }
  | { type: 'callback.due' }
  | { type: 'callback.failed' }
  | { type: 'divert' }
  | { type: 'reject' }
  | { type: 'fail' }
  | { type: 'agent.left' }
  | { type: 'customer.left' }
  | OfferReport

export type CallEmitted =
  | { type: 'offerRinging'; offerId: string }
  | { type: 'offerEnded'; offerId: string; outcome: OfferOutcome; reason: string; sipCode: number | null }
  /** The accepted offer has ended, and every other one after it: nobody else is rung any more. */
  | { type: 'chosen'; offerId: string }
  /** Every offer ended unaccepted, or the agent was lost while connecting: the visit waits again in its place. */
  | { type: 'requeued' }
  /** As `requeued`, for a call that rings an agent without a queue: nobody is left to ring. */
  | { type: 'unanswered' }

export const callMachine = setup({
  types: {
    context: {} as CallContext,
    input: {} as { callId: string },
    events: {} as CallMachineEvent,
    emitted: {} as CallEmitted,
  },
  actors: { offer: offerMachine },
  guards: {
    isPending: ({ context, event }) => 'offerId' in event && context.pending.includes(event.offerId),
    isAccepted: ({ context, event }) =>
      event.type === 'offer.ends' && event.outcome === 'accepted' && context.pending.includes(event.offerId),
    isLast: ({ context, event }) =>
      event.type === 'offer.ends' && context.pending.length === 1 && context.pending[0] === event.offerId,
    isLastWithoutQueue: ({ context, event }) =>
      context.visitId === null &&
      event.type === 'offer.ends' &&
      context.pending.length === 1 &&
      context.pending[0] === event.offerId,
    hasVisit: ({ context }) => context.visitId !== null,
    isOwn: ({ context }) => context.own,
  },
  actions: {
    enterVisit: assign({
      visitId: ({ event, context }) => (event.type === 'enqueue' ? event.visitId : context.visitId),
    }),
    startOffer: enqueueActions(({ enqueue, event, context }) => {
      if (event.type !== 'offer.start') return
      const { offerId, ringTimeoutMs } = event
      enqueue.spawnChild('offer', { id: `offer:${offerId}`, input: { offerId, ringTimeoutMs } })
      enqueue.assign({ pending: [...context.pending, offerId] })
    }),
    toOffer: enqueueActions(({ enqueue, event, context }) => {
      if (!('offerId' in event) || !context.pending.includes(event.offerId)) return
      const child = `offer:${event.offerId}`
      if (event.type === 'agent.ringing') enqueue(sendTo(child, { type: 'ringing' }))
      if (event.type === 'agent.answered') enqueue(sendTo(child, { type: 'answered' }))
      if (event.type === 'agent.refused') {
        const { outcome, reason, sipCode } = event
        enqueue(sendTo(child, { type: 'refused', outcome, reason, sipCode }))
      }
    }),
    announceRinging: emit(
      ({ event }) => ({ type: 'offerRinging', offerId: 'offerId' in event ? event.offerId : '' }) as const,
    ),
    closeOffer: enqueueActions(({ enqueue, event, context }) => {
      if (event.type !== 'offer.ends' || !context.pending.includes(event.offerId)) return
      const { offerId, outcome, reason, sipCode } = event
      enqueue.stopChild(`offer:${offerId}`)
      enqueue.assign({ pending: context.pending.filter(id => id !== offerId) })
      enqueue.emit({ type: 'offerEnded', offerId, outcome, reason, sipCode })
    }),
    acceptOffer: enqueueActions(({ enqueue, event, context }) => {
      if (event.type !== 'offer.ends') return
      const { offerId, outcome, reason, sipCode } = event
      enqueue.stopChild(`offer:${offerId}`)
      enqueue.emit({ type: 'offerEnded', offerId, outcome, reason, sipCode })
      for (const id of context.pending) {
        if (id === offerId) continue
        enqueue.stopChild(`offer:${id}`)
        enqueue.emit({
          type: 'offerEnded',
          offerId: id,
          outcome: 'rescinded',
          reason: 'answeredElsewhere',
          sipCode: null,
        })
      }
      enqueue.assign({ pending: [], accepted: offerId })
      enqueue.emit({ type: 'chosen', offerId })
    }),
    cancelOffers: enqueueActions(({ enqueue, event, context }) => {
      const reason = event.type === 'customer.left' ? 'callerLeft' : 'visitEnded'
      for (const id of context.pending) {
        enqueue.stopChild(`offer:${id}`)
        enqueue.emit({ type: 'offerEnded', offerId: id, outcome: 'canceled', reason, sipCode: null })
      }
      enqueue.assign({ pending: [] })
    }),
    leaveVisit: assign({ visitId: null }),
    noteOwn: assign({ own: ({ event }) => event.type === 'dial' && event.own }),
    dropAccepted: assign({ accepted: null }),
    acceptAgain: assign({ accepted: ({ event }) => (event.type === 'rejoin' ? event.offerId : null) }),
    announceRequeue: emit({ type: 'requeued' } as const),
    announceUnanswered: emit({ type: 'unanswered' } as const),
  },
}).createMachine({
  id: 'call',
  context: ({ input }) => ({ callId: input.callId, visitId: null, pending: [], accepted: null, own: false }),
  initial: 'arrived',
  states: {
    arrived: {
      on: {
        screen: 'screening',
        enqueue: { target: 'queued', actions: 'enterVisit' },
        'offer.start': { target: 'offered', actions: 'startOffer' },
        dial: { target: 'dialling', actions: 'noteOwn' },
        reject: 'rejected',
        divert: 'diverted',
        fail: 'failed',
        'customer.left': 'abandoned',
      },
    },
    screening: {
      on: {
        rejoin: { target: 'connecting', actions: 'acceptAgain' },
        enqueue: { target: 'queued', actions: 'enterVisit' },
        'offer.start': { target: 'offered', actions: 'startOffer' },
        dial: { target: 'dialling', actions: 'noteOwn' },
        reject: 'rejected',
        divert: 'diverted',
        fail: 'failed',
        'customer.left': 'abandoned',
      },
    },
    queued: {
      on: {
        'offer.start': { target: 'offered', actions: 'startOffer' },
        'visit.end': { target: 'screening', actions: 'leaveVisit' },
        'callback.accepted': 'callbackWaiting',
        divert: 'diverted',
        reject: 'rejected',
        fail: 'failed',
        'customer.left': 'abandoned',
      },
    },
    offered: {
      on: {
        'offer.start': { actions: 'startOffer' },
        'agent.ringing': { guard: 'isPending', actions: 'toOffer' },
        'agent.answered': { guard: 'isPending', actions: 'toOffer' },
        'agent.refused': { guard: 'isPending', actions: 'toOffer' },
        'offer.rings': { guard: 'isPending', actions: 'announceRinging' },
        'offer.ends': [
          { guard: 'isAccepted', target: 'connecting', actions: 'acceptOffer' },
          { guard: 'isLastWithoutQueue', target: 'screening', actions: ['closeOffer', 'announceUnanswered'] },
          { guard: 'isLast', target: 'queued', actions: ['closeOffer', 'announceRequeue'] },
          { actions: 'closeOffer' },
        ],
        'visit.end': { target: 'screening', actions: ['cancelOffers', 'leaveVisit'] },
        divert: { target: 'diverted', actions: 'cancelOffers' },
        reject: { target: 'rejected', actions: 'cancelOffers' },
        fail: { target: 'failed', actions: 'cancelOffers' },
        'customer.left': { target: 'abandoned', actions: 'cancelOffers' },
      },
    },
    connecting: {
      on: {
        bridged: 'connected',
        'agent.left': [
          { guard: 'hasVisit', target: 'queued', actions: ['dropAccepted', 'announceRequeue'] },
          { target: 'screening', actions: ['dropAccepted', 'announceUnanswered'] },
        ],
        fail: 'failed',
        'customer.left': 'abandoned',
      },
    },
    connected: {
      initial: 'talking',
      states: {
        talking: { on: { hold: 'held', 'consult.start': 'consulting', conference: 'conferenced' } },
        held: { on: { retrieve: 'talking', 'consult.start': 'consulting' } },
        consulting: { on: { 'consult.end': 'talking', conference: 'conferenced' } },
        conferenced: { on: { retrieve: 'talking' } },
      },
      on: {
        enqueue: { target: 'queued', actions: ['dropAccepted', 'enterVisit'] },
        'offer.start': { target: 'offered', actions: ['dropAccepted', 'startOffer'] },
        transfer: { target: 'screening', actions: ['dropAccepted', 'leaveVisit'] },
        park: 'parked',
        'agent.left': 'completed',
        fail: 'failed',
        // A hang-up on hold is a completed call, never an abandoned one.
        'customer.left': 'completed',
      },
    },
    dialling: {
      on: {
        bridged: 'external',
        transfer: 'screening',
        reject: 'rejected',
        fail: 'failed',
        'customer.left': 'abandoned',
      },
    },
    external: {
      on: {
        // An agent hands on whom he has called.
        transfer: 'screening',
        'agent.left': [{ guard: 'isOwn', target: 'completed' }, { target: 'diverted' }],
        'customer.left': [{ guard: 'isOwn', target: 'completed' }, { target: 'diverted' }],
        fail: 'failed',
      },
    },
    parked: { on: { unpark: 'connected', recall: 'queued', fail: 'failed', 'customer.left': 'completed' } },
    callbackWaiting: { on: { 'callback.due': 'callbackDialing', fail: 'failed' } },
    callbackDialing: { on: { bridged: 'connected', 'callback.failed': 'callbackWaiting', fail: 'failed' } },
    completed: { type: 'final' },
    abandoned: { type: 'final' },
    diverted: { type: 'final' },
    rejected: { type: 'final' },
    failed: { type: 'final' },
  },
})
