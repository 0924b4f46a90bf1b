/** What a bridge is made of: the signalling and media that its legs use, and who hears of them. */
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort } from '../ports/media.ts'
import type { InviteServer, UserAgent } from '../sip/index.ts'
import type { AgentDevice, BridgeEvent } from './bridge-alphabet.ts'

/** The customer of a call: somebody who calls, or somebody whom we call. */
export type BridgeCustomer = ({ readonly kind: 'caller' } & PhoneArrival) | ({ readonly kind: 'called' } & DialledTo)

/** Somebody whose INVITE has come in. */
export interface PhoneArrival {
  readonly invite: InviteServer
  readonly nat: boolean
}

export interface DialledTo {
  /** How the customer is reached, known by the time that he is to be answered. @throws an Error before */
  device(): AgentDevice
  /** He is rung so long. */
  readonly ringMs: number
  /** Prompts that an agent hears while he is rung. */
  readonly ringback: readonly string[]
}

export interface BridgeOptions {
  /** The call that this is the bridge of. */
  readonly callId: string
  readonly userAgent: UserAgent
  readonly media: MediaPort
  readonly clock: Clock
  readonly logger: Logger
  readonly mode: 'relay' | 'direct'
  readonly mediaTimeoutMs: number
  readonly customer: BridgeCustomer
  onEvent(event: BridgeEvent): void
}
