/**
 * How long somebody who joins a queue now will wait: AHT × unassigned ÷ (active agents × their share of time on this
 * queue). AHT and shares are moving averages of what was handled. A queue that has handled nothing yet, but whose agents have
 * been seen at work, has an AHT of 90 s by default, and confidence 0: such an estimate may be shown with it, but nobody is
 * told of it and no rule acts on it. Before anything was seen there is none: 90 s would be all that stands behind it.
 */

import type { WaitEstimate } from '../events.ts'

export type { WaitEstimate } from '../events.ts'

const atOnce: WaitEstimate = { valueMs: 0, lowMs: 0, highMs: 0, confidence: 1 }

/** The estimate in milliseconds, if anything stands behind it that a caller may be told of, or a rule may act on. */
export function provenMs(wait: WaitEstimate | null): number | null {
  return wait === null || wait.confidence === 0 ? null : wait.valueMs
}

const defaultHandleMs = 90_000
/** How many calls the averages look back on. */
const memory = 50
/** With this many calls handled, confidence is one half. */
const halfConfidence = 10

export interface HandleTimes {
  handled: number
  meanMs: number
  varianceMs2: number
  /** Recent handling time of this queue's agents: on this queue, and altogether. */
  ownMs: number
  totalMs: number
}

export class Estimates {
  readonly #queues = new Map<string, HandleTimes>()
  readonly #onChanged: (queueId: string) => void

  /** @param onChanged the averages of a queue are others now */
  constructor(onChanged: (queueId: string) => void = () => {}) {
    this.#onChanged = onChanged
  }

  /** The averages of a queue, for the next process; null: none. */
  timesOf(queueId: string): HandleTimes | null {
    const times = this.#queues.get(queueId)
    return times === undefined ? null : { ...times }
  }

  /** Goes on from the averages of the last process. */
  resume(queueId: string, times: HandleTimes): void {
    this.#queues.set(queueId, { ...times })
  }

  /**
   * Notes that an agent has handled a call.
   * @param queueId the queue that it came from; null for a call without a queue
   * @param agentQueues the queues that the agent serves
   * @param handleMs talk, hold and wrap-up
   */
  handled(queueId: string | null, agentQueues: readonly string[], handleMs: number): void {
    if (queueId !== null) average(this.#times(queueId), handleMs)
    for (const served of agentQueues) {
      const times = this.#times(served)
      const keep = 1 - 1 / memory
      times.totalMs = times.totalMs * keep + handleMs
      times.ownMs = times.ownMs * keep + (served === queueId ? handleMs : 0)
      this.#onChanged(served)
    }
    if (queueId !== null && !agentQueues.includes(queueId)) this.#onChanged(queueId)
  }

  /** Moving average handling time of a queue; null if it has handled nothing. */
  ahtMs(queueId: string): number | null {
    const times = this.#queues.get(queueId)
    return times === undefined || times.handled === 0 ? null : Math.round(times.meanMs)
  }

  /**
   * @param unassigned visits ahead for which no offer is pending
   * @param activeAgents agents of the queue who take calls, now or when they are done with the present one
   * @returns null if nobody takes calls, and while nothing has been seen of those who do
   */
  waitFor(queueId: string, unassigned: number, activeAgents: number): WaitEstimate | null {
    if (activeAgents <= 0) return null
    if (unassigned === 0) return atOnce
    const times = this.#queues.get(queueId)
    if (times === undefined) return null
    const { handled } = times
    const valueMs = unassigned * this.nextFreeMs(queueId, activeAgents)
    const ahtMs = handleMsOf(times)
    const deviationMs = handled > 1 ? Math.sqrt(times.varianceMs2) : ahtMs
    // The spread of a sum of independent handling times shrinks with the root of their number.
    const spread = Math.min(1, deviationMs / ahtMs / Math.sqrt(unassigned))
    return {
      valueMs: Math.round(valueMs),
      lowMs: Math.round(valueMs * (1 - spread)),
      highMs: Math.round(valueMs * (1 + spread)),
      confidence: handled / (handled + halfConfidence),
    }
  }

  /** How long it takes until one of so many agents has time for a call of the queue; by default where nothing has been seen. */
  nextFreeMs(queueId: string, activeAgents: number): number {
    const times = this.#queues.get(queueId)
    // Without a call of its own in living memory a queue's share can't be told; then its agents count in full.
    const share = times !== undefined && times.ownMs > 0 ? times.ownMs / times.totalMs : 1
    return handleMsOf(times) / (activeAgents * share)
  }

  #times(queueId: string): HandleTimes {
    let times = this.#queues.get(queueId)
    if (times === undefined) {
      times = { handled: 0, meanMs: 0, varianceMs2: 0, ownMs: 0, totalMs: 0 }
      this.#queues.set(queueId, times)
    }
    return times
  }
}

function handleMsOf(times: HandleTimes | undefined): number {
  return times !== undefined && times.handled > 0 ? times.meanMs : defaultHandleMs
}

/** A plain mean at first, an exponentially weighted one from `memory` samples on. */
function average(times: HandleTimes, sampleMs: number): void {
  times.handled += 1
  const weight = 1 / Math.min(times.handled, memory)
  const offMs = sampleMs - times.meanMs
  times.meanMs += weight * offMs
  times.varianceMs2 = (1 - weight) * (times.varianceMs2 + weight * offMs * offMs)
}
