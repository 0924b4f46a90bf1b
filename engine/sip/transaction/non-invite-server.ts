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

export function nonInviteServerStep(
  state: NonInviteServerState,
  input: ServerInput,
): TransactionStep<NonInviteServerState> {
  const to = (name: NonInviteServerState['name']): NonInviteServerState => ({ ...state, name })
  const stay = { state, effects: noEffects }

  if (state.name === 'terminated') return stay
  if (input.kind === 'transportError') return { state: to('terminated'), effects: [terminate, transportFailed] }
  if (state.name === 'completed') {
    if (input.kind === 'retransmission') return { state, effects: [send] }
    return input.kind === 'timer' && input.timer === 'J' ? { state: to('terminated'), effects: [terminate] } : stay
  }
  if (input.kind === 'retransmission') return state.name === 'proceeding' ? { state, effects: [send] } : stay
  if (input.kind !== 'respond') return stay
  if (input.status < 200) return { state: to('proceeding'), effects: [send] }
  return state.reliable
    ? { state: to('terminated'), effects: [send, terminate] }
    : { state: to('completed'), effects: [send, arm('J', transactionTimeoutMs)] }
}
