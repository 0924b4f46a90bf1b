/**
 * INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.
 *
 *   proceeding ──2xx──► accepted ──L──► terminated
 *        └──300-699──► completed ──ACK──► confirmed ──I──► terminated
 */
import {
  arm,
  deliver,
  disarm,
  noEffects,
  type ServerInput,
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

export interface InviteServerState {
  readonly name: 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated'
  readonly reliable: boolean
  /** Interval of timer G. */
  readonly retransmitMs: number
  /** True once any response was sent: a retransmission is answered by the last one. */
  readonly responded: boolean
}

export function inviteServerStart(reliable: boolean): InviteServerState {
  return { name: 'proceeding', reliable, retransmitMs: t1Ms, responded: false }
}

const sendAgain = [send]
const accept = [send, arm('L', transactionTimeoutMs)]
const refuse = [send, arm('G', t1Ms), arm('H', transactionTimeoutMs)]
const refuseReliably = [send, arm('H', transactionTimeoutMs)]
const acknowledge = [disarm('G'), disarm('H'), arm('I', t4Ms)]
const acknowledgeReliably = [disarm('H'), terminate]
const failed = [terminate, transportFailed]
const giveUp = [terminate, timeout]
const handOn = [deliver]
const end = [terminate]

export function inviteServerStep(state: InviteServerState, input: ServerInput): TransactionStep<InviteServerState> {
  switch (state.name) {
    case 'proceeding':
      if (input.kind === 'retransmission') return state.responded ? { state, effects: sendAgain } : stay(state)
      if (input.kind === 'transportError') return { state: to(state, 'terminated'), effects: failed }
      if (input.kind !== 'respond') return stay(state)
      if (input.status < 200) return { state: { ...state, responded: true }, effects: [send] }
      if (input.status < 300) return { state: to(state, 'accepted'), effects: accept }
      return {
        state: to(state, 'completed'),
        effects: state.reliable ? refuseReliably : refuse,
      }
    case 'completed':
      if (input.kind === 'retransmission') return { state, effects: sendAgain }
      if (input.kind === 'ack')
        return state.reliable
          ? { state: to(state, 'terminated'), effects: acknowledgeReliably }
          : { state: to(state, 'confirmed'), effects: acknowledge }
      if (input.kind === 'transportError') return { state: to(state, 'terminated'), effects: failed }
      if (input.kind !== 'timer') return stay(state)
      if (input.timer === 'H') return { state: to(state, 'terminated'), effects: giveUp }
      if (input.timer !== 'G') return stay(state)
      return retransmit(state)
    case 'confirmed':
      return input.kind === 'timer' && input.timer === 'I'
        ? { state: to(state, 'terminated'), effects: end }
        : stay(state)
    case 'accepted':
      // RFC 6026 §7.1: a retransmitted INVITE is absorbed; the 2xx is retransmitted by the user agent until its ACK.
      if (input.kind === 'ack') return { state, effects: handOn }
      if (input.kind === 'respond')
        return input.status >= 200 && input.status < 300 ? { state, effects: sendAgain } : stay(state)
      return input.kind === 'timer' && input.timer === 'L'
        ? { state: to(state, 'terminated'), effects: end }
        : stay(state)
    case 'terminated':
      return stay(state)
  }
}

function to(state: InviteServerState, name: InviteServerState['name']): InviteServerState {
  return { name, reliable: state.reliable, retransmitMs: state.retransmitMs, responded: state.responded }
}

function stay(state: InviteServerState): TransactionStep<InviteServerState> {
  return { state, effects: noEffects }
}

function retransmit(state: InviteServerState): TransactionStep<InviteServerState> {
  const retransmitMs = Math.min(state.retransmitMs * 2, t2Ms)
  return { state: { ...state, retransmitMs }, effects: [send, arm('G', retransmitMs)] }
}
