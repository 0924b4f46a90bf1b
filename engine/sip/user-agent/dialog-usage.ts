/** What lives in a dialog: an INVITE that came in and is not answered yet, one of ours that rings, a call that was answered. */

import type { SipRequest } from '../message/message.ts'
import type { SessionEnds } from '../message/session-id.ts'
import type { Flow } from '../transport/flow.ts'
import type { IncomingRequest } from './user-agent.ts'

/** `calling`: early, by an INVITE of ours; `called`: early, by one of the peer; `over`: only its BYE is left. */
export type DialogStanding = 'calling' | 'called' | 'confirmed' | 'over'

/** What lives in a dialog and takes the requests of its peer. */
export interface DialogUsage {
  readonly key: string
  readonly standing: DialogStanding
  /** Whose leg it is, for {@link UserAgent.dialogNamed}; null: nobody's. */
  readonly owner: object | null
  /** Who speaks to whom on its leg. */
  readonly ends: SessionEnds
  receive(incoming: IncomingRequest): void
  receiveAck(ack: SipRequest, flow: Flow): void
  /** Ends it after a fault of ours. */
  fail(): void
  /** Ends it without a word to anyone: the process stops. */
  discard(): void
}
