/**
 * Non-INVITE server transaction: RFC 3261 §17.2.2.
 *
 *   trying ──1xx──► proceeding ──200-699──► completed ──J──► terminated
 */
import {
  arm,
  noEffects,
  type ServerInput,
  send,
  type TransactionStep,
  terminate,
  transactionTimeoutMs,
  transportFailed,
} from './step.ts'

export interface NonInviteServerState {
  readonly name: 'trying' | 'proceeding' | 'completed' | 'terminated'
  readonly reliable: boolean
}

export function nonInviteServerStart(reliable: boolean): NonInviteServerState {
  return { name: 'trying', reliable }
}

const answer = [send, arm('J', transactionTimeoutMs)]
const answerReliably = [send, terminate]
const sendAgain = [send]
const failed = [terminate, transportFailed]
const end = [terminate]

export function nonInviteServerStep(
  state: NonInviteServerState,
  input: ServerInput,
): TransactionStep<NonInviteServerState> {
  if (state.name === 'terminated') return stay(state)
  if (input.kind === 'transportError') return { state: to(state, 'terminated'), effects: failed }
  if (state.name === 'completed') {
    if (input.kind === 'retransmission') return { state, effects: sendAgain }
    return input.kind === 'timer' && input.timer === 'J'
      ? { state: to(state, 'terminated'), effects: end }
      : stay(state)
  }
  if (input.kind === 'retransmission') return state.name === 'proceeding' ? { state, effects: sendAgain } : stay(state)
  if (input.kind !== 'respond') return stay(state)
  if (input.status < 200) return { state: to(state, 'proceeding'), effects: sendAgain }
  return state.reliable
    ? { state: to(state, 'terminated'), effects: answerReliably }
    : { state: to(state, 'completed'), effects: answer }
}

function to(state: NonInviteServerState, name: NonInviteServerState['name']): NonInviteServerState {
  return { name, reliable: state.reliable }
}

function stay(state: NonInviteServerState): TransactionStep<NonInviteServerState> {
  return { state, effects: noEffects }
}
