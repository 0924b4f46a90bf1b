/** The signalling-neutral alphabet between a bridge and the call above it. */
import type { CallerDecision } from '../outcomes.ts'
import type { Flow, RedirectTarget, Route } from '../sip/index.ts'
import type { Bridge } from './bridge.ts'
import type { LegOutcome } from './leg-outcome.ts'
import type { Side } from './pair.ts'
import type { TransferRequest } from './transfer-request.ts'

/** What happens on the legs, in words that any signalling could use. */
export type BridgeEvent =
  /** The customer was answered, to hear music or to talk. */
  | { readonly type: 'customer.answered' }
  | { readonly type: 'customer.dtmf'; readonly digit: string }
  | { readonly type: 'agent.dtmf'; readonly offerId: string; readonly digit: string }
  | { readonly type: 'customer.ended'; readonly outcome: LegOutcome }
  | { readonly type: 'prompts.ended'; readonly playId: string }
  | { readonly type: 'agent.ringing'; readonly offerId: string }
  | { readonly type: 'agent.answered'; readonly offerId: string }
  /** The device that was rung has sent the call on, and that is followed: URIs, and the Call-ID of the new INVITE. */
  | {
      readonly type: 'agent.redirected'
      readonly offerId: string
      readonly from: string
      readonly to: string
      readonly sipCallId: string
    }
  | { readonly type: 'agent.ended'; readonly offerId: string; readonly outcome: LegOutcome }
  /** Customer and agent hear each other. */
  | { readonly type: 'connected'; readonly offerId: string }
  | { readonly type: 'held'; readonly by: Side }
  | { readonly type: 'retrieved'; readonly by: Side }
  /** An agent goes on with another phone. `by`: on which side he is; `offerId`: of the leg opposite, or his own. */
  | {
      readonly type: 'moved'
      readonly by: Side
      readonly offerId: string
      readonly from: string
      readonly to: string
      /** Of the new phone. */
      readonly sipCallId: string
    }
  /** A side wants the other one to talk to somebody else. Of an agent's side only the one who is connected may. */
  | { readonly type: 'transfer.asked'; readonly by: Side; readonly request: TransferRequest }
  /** The call can't go on: a fault of ours, or media that can't be had. The legs are still there. */
  | { readonly type: 'failed'; readonly decision: CallerDecision; readonly error: unknown }

/** Which leg of which call a dialog is. */
export interface LegOwner {
  /** Changes when the leg goes over to another call. */
  callId: string
  /** Null: the customer's. Changes when the leg changes sides, or rings on for another call. */
  offerId: string | null
}

/** Leave to make a call outside, which costs from its answer to its end. Both are to be told, once each. */
export interface OutsidePass {
  answered(): void
  /** How to end the call when no minutes are left for it, at once if none are: whoever has the call says so, the last one counts. */
  onSpent(end: () => void): void
  end(): void
}

/** Where an agent, or an outside party, can be rung, and what the device is told. */
export interface AgentDevice {
  readonly uri: string
  readonly flow: Flow
  /** The flow is the only way to the device (NAT). */
  readonly pinned: boolean
  readonly nat: boolean
  readonly from: string
  readonly to: string
  /** The Call-ID of its INVITE: told before the INVITE is sent, so that a trace of the device leads to the call. */
  readonly sipCallId: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** By whichever of several servers takes the call. */
  readonly route?: Route
  /** An outside party: what it plays before it answers is passed on. */
  readonly isOutside?: true
  /** Further phones of the agent that ring with this one: the first that is answered has the call. */
  readonly others?: readonly AgentDevice[]
  /**
   * Where the device sends the call by 3xx; null: it may not go there. `tried`: URIs that were rung. Absent: nowhere.
   */
  readonly redirect?: (target: RedirectTarget, tried: ReadonlySet<string>) => Promise<AgentDevice | null>
  /**
   * An agent's phone outside: leave to call it. Whoever is there may refer nobody, and what the network plays before the
   * answer is for nobody's ears.
   */
  readonly pass?: OutsidePass
  /** The agent hears a tone before the customer, if that one talks anything that we can play. */
  readonly zipTone?: boolean
}

/** What is known of a device that is rung, or has answered. */
export interface DeviceView {
  /** '': it is gone. */
  readonly uri: string
  /** Of its leg; '': there is none over SIP. */
  readonly sipCallId: string
  /** What its latest response has brought for the customer (RFC 7433); null: nothing. */
  readonly userToUser: string | null
}

/** What a call asks of its bridge. Over SIP that is a {@link Bridge}; a simulation has its own. */
export type CallBridge = Pick<Bridge, keyof Bridge>
