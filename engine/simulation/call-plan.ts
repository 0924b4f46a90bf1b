/** The calls of a simulation before they are made: drawn from the streams of a scenario, or taken from a recorded day. */
import type { Random } from '../ports/random.ts'
import { fitPatienceSec } from '../staffing/patience.ts'
import { createArrivals } from './arrivals.ts'
import { createDraw, unitExponential } from './draws.ts'
import { type History, type HistoryCall, partsOf } from './history.ts'
import type { RecordedVisit } from './recorded-visit.ts'
import type { ArrivalStream } from './scenario.ts'
import type { WishReader } from './wishes.ts'

export interface PlannedCall {
  /** From the start of the scenario. */
  readonly atMs: number
  readonly number: string
  /** Null: waits for ever. */
  readonly patienceMs: number | null
  readonly talkMs: number
  /** Null: the queue's own time. */
  readonly wrapUpMs: number | null
  /** Into this queue, as it is; null: to wherever its number leads. */
  readonly enqueue: RecordedVisit | null
  /** Made when the talk is over: the agent has sent the caller on. Null: he hangs up. */
  readonly next: PlannedCall | null
}

/** The next call, in the order of time; null when there are no more. */
export type CallPlan = () => PlannedCall | null

/** Lots of their own for each thing that is drawn: another center meets the same callers. */
export function streamPlan(stream: ArrivalStream, nextRandom: () => Random, endMs: number): CallPlan {
  const { number, talk, patience, wrapUp } = stream
  const [talkRandom, patienceRandom, wrapUpRandom] = [nextRandom(), nextRandom(), nextRandom()]
  const drawTalk = createDraw(talk, talkRandom)
  const drawPatience = patience === null ? null : createDraw(patience, patienceRandom)
  const drawWrapUp = wrapUp === undefined ? null : createDraw(wrapUp, wrapUpRandom)
  const next = createArrivals(stream, nextRandom(), endMs)
  return () => {
    const atMs = next()
    if (atMs === null) return null
    return {
      ...{ atMs, number, enqueue: null, next: null },
      talkMs: drawTalk(),
      patienceMs: drawPatience === null ? null : drawPatience(),
      wrapUpMs: drawWrapUp === null ? null : drawWrapUp(),
    }
  }
}

/** Fewer callers of a queue who gave up say less about its callers than those of all queues. */
const enoughAbandoned = 5

/**
 * The recorded calls again. Who gave up does so after the same time; of whoever did not, only that he would have waited at
 * least so long is known, and the rest is drawn by what the others of his queue did. Who was not answered talks as long as
 * somebody of his queue who was.
 */
export function replayPlan(history: History, nextRandom: () => Random, reader: WishReader): CallPlan {
  const [patienceRandom, handleRandom] = [nextRandom(), nextRandom()]
  const { calls, fromMs } = history
  const parts = partsOf(calls)
  const patienceSec = patienceOf(parts)
  const handled = answeredBy(parts)
  function planned(call: HistoryCall): PlannedCall {
    const { queueId, priority, number, waitMs } = call
    const asked = { wishes: reader.wishesOf(call), changes: reader.changesOf(call) }
    const meanSec = patienceSec(queueId)
    const furtherMs = meanSec === null ? null : Math.round(unitExponential(patienceRandom) * meanSec * 1_000)
    const like = call.ending === 'answered' ? call : sample(handled(queueId), handleRandom)
    return {
      ...{ atMs: call.atMs - fromMs, number, enqueue: { queueId, priority, ...asked } },
      patienceMs: call.ending === 'abandoned' ? waitMs : furtherMs === null ? null : waitMs + furtherMs,
      talkMs: like.talkMs,
      wrapUpMs: like.wrapUpMs,
      next: call.next === null ? null : planned(call.next),
    }
  }
  let index = 0
  return () => {
    const call = calls[index++]
    return call === undefined ? null : planned(call)
  }
}

/** The mean patience of a queue's callers, censored by those who were answered; null if nobody gave up. */
export function patienceOf(calls: readonly HistoryCall[]): (queueId: string) => number | null {
  const sumUp = (of: readonly HistoryCall[]) => {
    const waitSec = of.reduce((sum, { waitMs }) => sum + waitMs / 1_000, 0)
    return { abandoned: of.filter(({ ending }) => ending === 'abandoned').length, waitSec }
  }
  const all = sumUp(calls)
  const byQueue = new Map(
    [...Map.groupBy(calls, ({ queueId }) => queueId)].map(([queueId, of]) => [queueId, sumUp(of)] as const),
  )
  return queueId => {
    const own = byQueue.get(queueId)
    const { abandoned, waitSec } = own !== undefined && own.abandoned >= enoughAbandoned ? own : all
    return fitPatienceSec(abandoned, waitSec)
  }
}

function answeredBy(calls: readonly HistoryCall[]): (queueId: string) => readonly HistoryCall[] {
  const answered = calls.filter(({ ending }) => ending === 'answered')
  const byQueue = Map.groupBy(answered, ({ queueId }) => queueId)
  return queueId => byQueue.get(queueId) ?? answered
}

/** @param of at least one */
export function sample<T>(of: readonly T[], random: Random): T {
  return of[Math.min(of.length - 1, Math.floor(random.float() * of.length))] as T
}
