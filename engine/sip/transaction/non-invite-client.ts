/**
 * Non-INVITE client transaction: RFC 3261 §17.1.2.
 *
 *   trying ──1xx──► proceeding ──200-699──► completed ──K──► terminated
 */
import {
  arm,
  type ClientInput,
  deliver,
  disarm,
  noEffects,
  send,
  type TransactionStep,
  t1Ms,
  t2Ms,
  t4Ms,
  terminate,
  timeout,
  transactionTimeoutMs,
  transportFailed,
} from './step.ts'

export interface NonInviteClientState {
  readonly name: 'trying' | 'proceeding' | 'completed' | 'terminated'
  readonly reliable: boolean
  /** Interval of timer E. */
  readonly retransmitMs: number
}

export function nonInviteClientStart(reliable: boolean): NonInviteClientState {
  return { name: 'trying', reliable, retransmitMs: t1Ms }
}

export function nonInviteClientStep(
  state: NonInviteClientState,
  input: ClientInput,
): TransactionStep<NonInviteClientState> {
  const to = (name: NonInviteClientState['name']): NonInviteClientState => ({ ...state, name })
  const stay = { state, effects: noEffects }

  if (state.name === 'terminated') return stay
  if (state.name === 'completed')
    return input.kind === 'timer' && input.timer === 'K' ? { state: to('terminated'), effects: [terminate] } : stay

  switch (input.kind) {
    case 'start': {
      const effects = [send, arm('F', transactionTimeoutMs)]
      return { state, effects: state.reliable ? effects : [...effects, arm('E', state.retransmitMs)] }
    }
    case 'transportError':
      return { state: to('terminated'), effects: [terminate, transportFailed] }
    case 'timer': {
      if (input.timer === 'F') return { state: to('terminated'), effects: [terminate, timeout] }
      if (input.timer !== 'E') return stay
      // §17.1.2.2: doubling up to T2; once proceeding, every T2.
      const retransmitMs = state.name === 'proceeding' ? t2Ms : Math.min(state.retransmitMs * 2, t2Ms)
      return { state: { ...state, retransmitMs }, effects: [send, arm('E', retransmitMs)] }
    }
    case 'canceled':
      return stay
    case 'response':
      if (input.status < 200) return { state: to('proceeding'), effects: [deliver] }
      return state.reliable
        ? { state: to('terminated'), effects: [disarm('E'), disarm('F'), terminate, deliver] }
        : { state: to('completed'), effects: [disarm('E'), disarm('F'), arm('K', t4Ms), deliver] }
  }
}
