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

export function inviteServerStep(state: InviteServerState, input: ServerInput): TransactionStep<InviteServerState> {
  const to = (name: InviteServerState['name']): InviteServerState => ({ ...state, name })
  const stay = { state, effects: noEffects }

  switch (state.name) {
    case 'proceeding':
      if (input.kind === 'retransmission') return state.responded ? { state, effects: [send] } : stay
      if (input.kind === 'transportError') return { state: to('terminated'), effects: [terminate, transportFailed] }
      if (input.kind !== 'respond') return stay
      if (input.status < 200) return { state: { ...state, responded: true }, effects: [send] }
      if (input.status < 300) return { state: to('accepted'), effects: [send, arm('L', transactionTimeoutMs)] }
      return {
        state: to('completed'),
        effects: state.reliable
          ? [send, arm('H', transactionTimeoutMs)]
          : [send, arm('G', state.retransmitMs), arm('H', transactionTimeoutMs)],
      }
    case 'completed':
      if (input.kind === 'retransmission') return { state, effects: [send] }
      if (input.kind === 'ack')
        return state.reliable
          ? { state: to('terminated'), effects: [disarm('H'), terminate] }
          : { state: to('confirmed'), effects: [disarm('G'), disarm('H'), arm('I', t4Ms)] }
      if (input.kind === 'transportError') return { state: to('terminated'), effects: [terminate, transportFailed] }
      if (input.kind !== 'timer') return stay
      if (input.timer === 'H') return { state: to('terminated'), effects: [terminate, timeout] }
      if (input.timer !== 'G') return stay
      return retransmit(state)
    case 'confirmed':
      return input.kind === 'timer' && input.timer === 'I' ? { state: to('terminated'), effects: [terminate] } : stay
    case 'accepted':
      // RFC 6026 §7.1: a retransmitted INVITE is absorbed; the 2xx is retransmitted by the user agent until its ACK.
      if (input.kind === 'ack') return { state, effects: [deliver] }
      if (input.kind === 'respond') return input.status >= 200 && input.status < 300 ? { state, effects: [send] } : stay
      return input.kind === 'timer' && input.timer === 'L' ? { state: to('terminated'), effects: [terminate] } : stay
    case 'terminated':
      return stay
  }
}

function retransmit(state: InviteServerState): TransactionStep<InviteServerState> {
  const retransmitMs = Math.min(state.retransmitMs * 2, t2Ms)
  return { state: { ...state, retransmitMs }, effects: [send, arm('G', retransmitMs)] }
}
