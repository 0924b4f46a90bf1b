/** One of several ways to somebody: a server of his, or a flow that his device keeps open (RFC 5626). */
import type { Target } from '../location/selection.ts'
import type { Flow } from '../transport/flow.ts'
import type { UserAgent } from './user-agent.ts'

/** 430 Flow Failed: who stands on the way has no connection to the device any more (RFC 5626 §11.5). */
export const flowFailed = 430

export interface Way {
  /** Null: it can't be gone at the moment. */
  flow(): Flow | null
  /** Where it leads. Absent: where the call does. */
  readonly uri?: string
  /** The proxies on it, as Route values. Absent: those of the call. */
  readonly path?: readonly string[]
  /** Something was heard by it. */
  answered(): void
  /** It was silent, or whoever stands on it can't go further. `retryAfterMs`: as the response said; 0: it did not. */
  failed(status: number, retryAfterMs: number): void
}

/** To servers that were located (RFC 3263), in their order. */
export function waysToServers(userAgent: UserAgent, targets: readonly Target[]): readonly Way[] {
  const { location } = userAgent
  return targets.map(target => ({
    flow: () => userAgent.flowToTarget(target),
    answered: () => location.answered(target),
    failed(status, retryAfterMs) {
      // It has lost a flow of somebody behind it; itself it is well.
      if (status !== flowFailed) location.failed(target, retryAfterMs)
    },
  }))
}
