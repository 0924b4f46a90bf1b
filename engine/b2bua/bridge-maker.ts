/** Makes the bridges of calls, all on the same signalling and media, with the media settings of the moment. */
import type { CenterConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort } from '../ports/media.ts'
import type { UserAgent } from '../sip/index.ts'
import { Bridge } from './bridge.ts'
import type { BridgeEvent } from './bridge-alphabet.ts'
import type { BridgeCustomer } from './bridge-options.ts'

export interface BridgeMakerOptions {
  readonly userAgent: UserAgent
  readonly media: MediaPort
  readonly logger: Logger
  /** The media settings in force. */
  mediaSettings(): CenterConfig['media']
}

/** What a call desk is given for a call: it makes the bridge when it has somebody who listens. */
export type BridgeMaker = (
  callId: string,
  customer: BridgeCustomer,
) => (onEvent: (event: BridgeEvent) => void, clock: Clock) => Bridge

export function createBridgeMaker({ userAgent, media, logger, mediaSettings }: BridgeMakerOptions): BridgeMaker {
  return (callId, customer) => {
    const { mode, timeoutMs } = mediaSettings()
    return (onEvent, clock) =>
      new Bridge({
        callId,
        userAgent,
        media,
        clock,
        logger,
        mode,
        mediaTimeoutMs: timeoutMs,
        customer,
        onEvent,
      })
  }
}
