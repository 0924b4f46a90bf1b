/**
 * INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.
 *
 *   calling ──1xx──► proceeding ──2xx──► accepted ──M──► terminated
 *      └──────300-699──────┴──► completed ──D──► terminated
 */
import {
  ack,
  arm,
  type ClientInput,
  deliver,
  disarm,
  noEffects,
  send,
  type TransactionStep,
  t1Ms,
  terminate,
  timeout,
  transactionTimeoutMs,
  transportFailed,
} from './step.ts'

export interface InviteClientState {
  readonly name: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated'
  readonly reliable: boolean
  /** Interval of timer A. */
  readonly retransmitMs: number
}

export function inviteClientStart(reliable: boolean): InviteClientState {
  return { name: 'calling', reliable, retransmitMs: t1Ms }
}

const start = [send, arm('B', transactionTimeoutMs), arm('A', t1Ms)]
const startReliably = [send, arm('B', transactionTimeoutMs)]
const proceed = [disarm('A'), disarm('B'), deliver]
const waitForEnd = [arm('B', transactionTimeoutMs)]
const accept = [disarm('A'), disarm('B'), arm('M', transactionTimeoutMs), deliver]
/** Timer D: at least 32 s over an unreliable transport. */
const fail = [disarm('A'), disarm('B'), ack, arm('D', 32_000), deliver]
const failReliably = [disarm('A'), disarm('B'), ack, terminate, deliver]
const failed = [terminate, transportFailed]
const giveUp = [terminate, timeout]
const acknowledge = [ack]
const handOn = [deliver]
const end = [terminate]

export function inviteClientStep(state: InviteClientState, input: ClientInput): TransactionStep<InviteClientState> {
  if (input.kind === 'transportError')
    return state.name === 'calling' || state.name === 'proceeding' || state.name === 'completed'
      ? { state: to(state, 'terminated'), effects: failed }
      : stay(state)

  switch (state.name) {
    case 'calling':
      if (input.kind === 'start') return { state, effects: state.reliable ? startReliably : start }
      if (input.kind === 'timer') {
        if (input.timer === 'B') return { state: to(state, 'terminated'), effects: giveUp }
        if (input.timer !== 'A') return stay(state)
        const retransmitMs = state.retransmitMs * 2
        return { state: { ...state, retransmitMs }, effects: [send, arm('A', retransmitMs)] }
      }
      if (input.kind !== 'response') return stay(state)
      if (input.status < 200) return { state: to(state, 'proceeding'), effects: proceed }
      return final(state, input.status)
    case 'proceeding':
      // RFC 3261 §9.1: without a final response 64·T1 after the CANCEL the transaction is over; timer B is free for it.
      if (input.kind === 'canceled') return { state, effects: waitForEnd }
      if (input.kind === 'timer' && input.timer === 'B') return { state: to(state, 'terminated'), effects: giveUp }
      if (input.kind !== 'response') return stay(state)
      return input.status < 200 ? { state, effects: handOn } : final(state, input.status)
    case 'completed':
      if (input.kind === 'response') return input.status >= 300 ? { state, effects: acknowledge } : stay(state)
      return input.kind === 'timer' && input.timer === 'D'
        ? { state: to(state, 'terminated'), effects: end }
        : stay(state)
    case 'accepted':
      // Every 2xx goes up: other To tags are other dialogs, and each retransmission wants its ACK (§13.2.2.4).
      if (input.kind === 'response')
        return input.status >= 200 && input.status < 300 ? { state, effects: handOn } : stay(state)
      return input.kind === 'timer' && input.timer === 'M'
        ? { state: to(state, 'terminated'), effects: end }
        : stay(state)
    case 'terminated':
      return stay(state)
  }
}

function to(state: InviteClientState, name: InviteClientState['name']): InviteClientState {
  return { name, reliable: state.reliable, retransmitMs: state.retransmitMs }
}

function stay(state: InviteClientState): TransactionStep<InviteClientState> {
  return { state, effects: noEffects }
}

function final(state: InviteClientState, status: number): TransactionStep<InviteClientState> {
  if (status < 300) return { state: to(state, 'accepted'), effects: accept }
  return state.reliable
    ? { state: to(state, 'terminated'), effects: failReliably }
    : { state: to(state, 'completed'), effects: fail }
}
