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

const start = [send, arm('F', transactionTimeoutMs), arm('E', t1Ms)]
const startReliably = [send, arm('F', transactionTimeoutMs)]
const finish = [disarm('E'), disarm('F'), arm('K', t4Ms), deliver]
const finishReliably = [disarm('E'), disarm('F'), terminate, deliver]
const failed = [terminate, transportFailed]
const giveUp = [terminate, timeout]
const handOn = [deliver]
const end = [terminate]

export function nonInviteClientStep(
  state: NonInviteClientState,
  input: ClientInput,
): TransactionStep<NonInviteClientState> {
  if (state.name === 'terminated') return stay(state)
  if (state.name === 'completed')
    return input.kind === 'timer' && input.timer === 'K'
      ? { state: to(state, 'terminated'), effects: end }
      : stay(state)

  switch (input.kind) {
    case 'start':
      return { state, effects: state.reliable ? startReliably : start }
    case 'transportError':
      return { state: to(state, 'terminated'), effects: failed }
    case 'timer': {
      if (input.timer === 'F') return { state: to(state, 'terminated'), effects: giveUp }
      if (input.timer !== 'E') return stay(state)
      // §17.1.2.2: doubling up to T2; once proceeding, every T2.
      const retransmitMs = state.name === 'proceeding' ? t2Ms : Math.min(state.retransmitMs * 2, t2Ms)
      return { state: { ...state, retransmitMs }, effects: [send, arm('E', retransmitMs)] }
    }
    case 'canceled':
      return stay(state)
    case 'response':
      if (input.status < 200) return { state: to(state, 'proceeding'), effects: handOn }
      return state.reliable
        ? { state: to(state, 'terminated'), effects: finishReliably }
        : { state: to(state, 'completed'), effects: finish }
  }
}

function to(state: NonInviteClientState, name: NonInviteClientState['name']): NonInviteClientState {
  return { name, reliable: state.reliable, retransmitMs: state.retransmitMs }
}

function stay(state: NonInviteClientState): TransactionStep<NonInviteClientState> {
  return { state, effects: noEffects }
}
