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

export function inviteClientStep(state: InviteClientState, input: ClientInput): TransactionStep<InviteClientState> {
  const to = (name: InviteClientState['name']): InviteClientState => ({ ...state, name })
  const stay = { state, effects: noEffects }

  if (input.kind === 'transportError')
    return state.name === 'calling' || state.name === 'proceeding' || state.name === 'completed'
      ? { state: to('terminated'), effects: [terminate, transportFailed] }
      : stay

  switch (state.name) {
    case 'calling':
      if (input.kind === 'start') {
        const effects = [send, arm('B', transactionTimeoutMs)]
        return { state, effects: state.reliable ? effects : [...effects, arm('A', state.retransmitMs)] }
      }
      if (input.kind === 'timer') {
        if (input.timer === 'B') return { state: to('terminated'), effects: [terminate, timeout] }
        if (input.timer !== 'A') return stay
        const retransmitMs = state.retransmitMs * 2
        return { state: { ...state, retransmitMs }, effects: [send, arm('A', retransmitMs)] }
      }
      if (input.kind !== 'response') return stay
      if (input.status < 200) return { state: to('proceeding'), effects: [disarm('A'), disarm('B'), deliver] }
      return final(state, input.status)
    case 'proceeding':
      // RFC 3261 §9.1: without a final response 64·T1 after the CANCEL the transaction is over; timer B is free for it.
      if (input.kind === 'canceled') return { state, effects: [arm('B', transactionTimeoutMs)] }
      if (input.kind === 'timer' && input.timer === 'B')
        return { state: to('terminated'), effects: [terminate, timeout] }
      if (input.kind !== 'response') return stay
      return input.status < 200 ? { state, effects: [deliver] } : final(state, input.status)
    case 'completed':
      if (input.kind === 'response') return input.status >= 300 ? { state, effects: [ack] } : stay
      return input.kind === 'timer' && input.timer === 'D' ? { state: to('terminated'), effects: [terminate] } : stay
    case 'accepted':
      // Every 2xx goes up: other To tags are other dialogs, and each retransmission wants its ACK (§13.2.2.4).
      if (input.kind === 'response')
        return input.status >= 200 && input.status < 300 ? { state, effects: [deliver] } : stay
      return input.kind === 'timer' && input.timer === 'M' ? { state: to('terminated'), effects: [terminate] } : stay
    case 'terminated':
      return stay
  }
}

function final(state: InviteClientState, status: number): TransactionStep<InviteClientState> {
  const stop = [disarm('A'), disarm('B')]
  if (status < 300)
    return { state: { ...state, name: 'accepted' }, effects: [...stop, arm('M', transactionTimeoutMs), deliver] }
  if (state.reliable) return { state: { ...state, name: 'terminated' }, effects: [...stop, ack, terminate, deliver] }
  // Timer D: at least 32 s over an unreliable transport.
  return { state: { ...state, name: 'completed' }, effects: [...stop, ack, arm('D', 32_000), deliver] }
}
