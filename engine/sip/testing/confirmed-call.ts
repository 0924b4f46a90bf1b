/** A call with the peer of a stage that was answered and ACKed, for tests of what happens in its dialog. */
import type { SessionSettings } from '../dialog/session-timer.ts'
import type { SipMessage } from '../message/message.ts'
import { InviteClient } from '../user-agent/invite-client.ts'
import type { DialogEnd, InviteDialog, InviteDialogHandlers, OfferExchange } from '../user-agent/invite-dialog.ts'
import { InviteServer } from '../user-agent/invite-server.ts'
import { createStage, type Peer, present, type Stage } from './stage.ts'
import { answerSdp, offerSdp, type RequestText } from './wire.ts'

export interface ConfirmedCall {
  readonly stage: Stage
  readonly peer: Peer
  readonly dialog: InviteDialog
  readonly offers: OfferExchange[]
  readonly ends: DialogEnd[]
  /** Our part of the beginning: the INVITE, or the 200 to the peer's. */
  readonly first: SipMessage
  /** A request of the peer in the dialog. */
  say(method: string, change?: Partial<RequestText>): void
  reinvite(sdp?: string): string[]
  settle(value: unknown): void
  over(): typeof nothingLeft
}

export const nothingLeft = { dialogs: 0, transactions: 0, pending: 0 }

function handle(
  stage: Stage,
  peer: Peer,
  make: (handlers: InviteDialogHandlers) => InviteDialog,
  callId: string,
): Omit<ConfirmedCall, 'first'> {
  const offers: OfferExchange[] = []
  const ends: DialogEnd[] = []
  const dialog = make({ onOffer: it => offers.push(it), onAnswer: () => {}, onEnded: end => ends.push(end) })
  let sequence = 100
  const settle = () => void stage.clock.advance(0)
  return {
    stage,
    peer,
    dialog,
    offers,
    ends,
    say: (method, change = {}) =>
      peer.request({
        method,
        callId,
        branch: `z9hG4bK-${method}-${++sequence}`,
        sequence,
        fromTag: dialog.state.remoteTag,
        toTag: dialog.state.localTag,
        ...(method === 'INVITE' ? { body: offerSdp } : {}),
        ...change,
      }),
    reinvite(sdp = 'v=1') {
      const told: string[] = []
      dialog.reinvite(() => sdp, {
        onAnswer: answer => told.push(`answer ${answer?.length}`),
        onRefused: status => told.push(`refused ${status}`),
      })
      settle()
      return told
    },
    settle,
    over() {
      stage.clock.advance(120_000)
      return { ...stage.userAgent.load, pending: stage.clock.pending }
    },
  }
}

export interface CallOptions {
  readonly seed?: number
  readonly session?: SessionSettings
  /** Further headers of the peer's INVITE or 200. */
  readonly headers?: readonly string[]
}

/** The peer called us and has ACKed. */
export async function called(
  options: CallOptions & { contact?: string; pinned?: boolean } = {},
): Promise<ConfirmedCall> {
  const stage = await createStage(options)
  stage.peer.request({
    method: 'INVITE',
    body: offerSdp,
    headers: [`Contact: <${options.contact ?? 'sip:caller@10.0.0.2'}>`, ...(options.headers ?? [])],
  })
  const server = new InviteServer(stage.userAgent, present(stage.incoming[0]), { onCanceled: () => {} })
  const make = (handlers: InviteDialogHandlers) => server.accept(answerSdp, options.pinned ?? false, handlers)
  const call = handle(stage, stage.peer, make, 'call-1')
  stage.clock.advance(0)
  stage.peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: server.localTag })
  const first = stage.peer.lastResponse('INVITE')
  stage.peer.forget()
  return { ...call, first }
}

/** We called the peer, and it answered. */
export async function calling(options: CallOptions = {}): Promise<ConfirmedCall> {
  const stage = await createStage(options)
  const made: InviteDialog[] = []
  const make = (handlers: InviteDialogHandlers) => {
    new InviteClient(
      stage.userAgent,
      {
        uri: 'sip:agent@10.0.0.2',
        from: '<sip:c@10.0.0.1>',
        to: '<sip:agent@10.0.0.2>',
        callId: 'call-2',
        flow: stage.flowToPeer(),
        pinned: false,
        headers: [],
        maxForwards: 70,
        sdp: offerSdp,
      },
      { onProgress: () => {}, onAccepted: dialog => made.push(dialog), onFailed: () => {}, dialog: handlers },
    )
    stage.clock.advance(0)
    stage.peer.respond(stage.peer.last('INVITE'), 200, {
      toTag: 'agent',
      body: answerSdp,
      headers: ['Contact: <sip:agent@10.0.0.2>', ...(options.headers ?? [])],
    })
    return present(made[0])
  }
  const call = handle(stage, stage.peer, make, 'call-2')
  const first = stage.peer.last('INVITE')
  stage.peer.forget()
  return { ...call, first }
}
