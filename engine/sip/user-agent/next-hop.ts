/**
 * The server that the requests of a dialog go to next: its first route, or the target (RFC 3261 §12.2.1.1), found by RFC 3263.
 * A numeric one is known at once, a named one when the DNS has answered.
 */
import type { Target } from '../location/selection.ts'
import { parseUri } from '../message/uri.ts'
import { type Flow, isSecure } from '../transport/flow.ts'
import type { UserAgent } from './user-agent.ts'

export class NextHop {
  readonly uri: string
  /** Best first; empty: nowhere, or not known yet. */
  #targets: readonly Target[] = []

  constructor(userAgent: UserAgent, uri: string) {
    this.uri = uri
    const parsed = parseUri(uri)
    if (parsed === null) return
    const found = userAgent.location.locate(parsed)
    if (found instanceof Promise) void this.#learn(found)
    else this.#targets = found
  }

  /** The flow to it. `last`, which the peer last used, if that leads there, or as long as nothing better is known. */
  flow(userAgent: UserAgent, last: Flow): Flow {
    if (this.#targets.some(target => leadsTo(last, target))) return last
    for (const target of this.#targets) {
      // Nobody who has come by TLS is answered in the clear because of a Contact without a transport.
      if (last.alive && isSecure(last) && target.transport !== 'TLS') continue
      const flow = userAgent.flowToTarget(target, last)
      if (flow !== null) return flow
    }
    return last
  }

  async #learn(found: Promise<readonly Target[]>): Promise<void> {
    // Who can't be found is where he was.
    this.#targets = await found.catch(() => [])
  }
}

/** A connection leads to its peer's machine, whatever port that has taken for it. */
function leadsTo(flow: Flow, { transport, host, port }: Target): boolean {
  if (flow.remote.host !== host) return false
  return flow.reliable ? flow.alive : flow.transport === transport && flow.remote.port === port
}
