/** Counts what the events of a simulated engine tell: by queue, and by the part of the measured time. */
import type { Engine } from '../api.ts'
import type { EventData } from '../events.ts'

/** Sums of the visits that were enqueued in one part of the measured time. */
export interface VisitSums {
  offered: number
  answered: number
  answeredInTime: number
  abandoned: number
  /** Overflowed, refused, failed. */
  other: number
  /** Answered or abandoned, and not offered to anybody in the moment of the call. */
  waited: number
  /** Of the answered ones, in ms. */
  answeredWaitMs: number
  /** Of the answered and abandoned ones, in ms. */
  waitMs: number
}

/** What agents did in one part of the measured time, in ms. */
export interface WorkSums {
  /** Ring, talk, hold and wrap-up, all counted where they end. */
  busyMs: number
  /** Signed in by the scenario. */
  presentMs: number
}

export interface Tally {
  /** By queue id; one entry per interval. */
  readonly visits: ReadonlyMap<string, readonly VisitSums[]>
  readonly work: readonly WorkSums[]
}

export interface TallyOptions {
  readonly fromMs: number
  readonly intervalMs: number
  readonly intervals: number
  /** Service level target by queue id. */
  readonly targetsMs: ReadonlyMap<string, number>
  /** What signalling takes at most: who waits no longer has not waited. */
  readonly signallingMs: number
}

interface OpenVisit {
  readonly sums: VisitSums
  readonly targetMs: number
  ringMs: number
}

/** Listens to an engine, or to whatever tells its events, from now on. What it returns goes on changing until that stops. */
export function createTally(engine: Pick<Engine, 'on'>, options: TallyOptions): Tally {
  const { fromMs, intervalMs, intervals, targetsMs, signallingMs } = options
  const each = <T>(make: () => T) => Array.from({ length: intervals }, make)
  const visits = new Map([...targetsMs.keys()].map(queueId => [queueId, each(noVisits)]))
  const work = each<WorkSums>(() => ({ busyMs: 0, presentMs: 0 }))
  const open = new Map<string, OpenVisit>()
  const indexOf = (time: string) => Math.floor((Date.parse(time) - fromMs) / intervalMs)

  function worked(time: string, ms: number): void {
    const sums = work[indexOf(time)]
    if (sums !== undefined) sums.busyMs += ms
  }

  function take(visitId: string | null): OpenVisit | null {
    const visit = visitId === null ? undefined : open.get(visitId)
    if (visitId === null || visit === undefined) return null
    open.delete(visitId)
    return visit
  }

  function endedOtherwise({ visitId }: { readonly visitId: string | null }): void {
    const visit = take(visitId)
    if (visit !== null) visit.sums.other += 1
  }

  engine.on('call.queued', ({ data: { visitId, queueId, enqueuedAt, callbackId } }) => {
    const sums = visits.get(queueId)?.[indexOf(enqueuedAt)]
    // Who is called back was counted when he asked for it.
    if (sums === undefined || callbackId !== undefined) return
    sums.offered += 1
    open.set(visitId, { sums, targetMs: targetsMs.get(queueId) ?? 0, ringMs: 0 })
  })
  engine.on('offer.accepted', ({ data: { visitId, ringMs } }) => {
    const visit = visitId === null ? undefined : open.get(visitId)
    if (visit !== undefined) visit.ringMs = ringMs
  })
  engine.on('call.connected', ({ data: { visitId, waitMs } }) => {
    const visit = take(visitId)
    if (visit === null) return
    const { sums, targetMs, ringMs } = visit
    sums.answered += 1
    sums.answeredWaitMs += waitMs
    sums.waitMs += waitMs
    if (waitMs <= targetMs) sums.answeredInTime += 1
    if (waitMs > ringMs + signallingMs) sums.waited += 1
  })
  engine.on('call.abandoned', ({ data: { visitId, waitMs } }) => {
    const visit = take(visitId)
    if (visit === null) return
    visit.sums.abandoned += 1
    visit.sums.waitMs += waitMs
    visit.sums.waited += 1
  })
  engine.on('call.diverted', ({ data }) => endedOtherwise(data))
  engine.on('call.rejected', ({ data }) => endedOtherwise(data))
  engine.on('call.segment_ended', ({ time, data }) => worked(time, busyMsOf(data)))
  engine.on('call.wrapup_completed', ({ time, data }) => worked(time, data.wrapMs))
  return { visits, work }
}

function busyMsOf({ ringMs, talkMs, holdMs }: EventData<'call.segment_ended'>): number {
  return ringMs + talkMs + holdMs
}

function noVisits(): VisitSums {
  return {
    offered: 0,
    answered: 0,
    answeredInTime: 0,
    abandoned: 0,
    other: 0,
    waited: 0,
    answeredWaitMs: 0,
    waitMs: 0,
  }
}

/** The sums of several parts, or of several runs, together. */
export function addVisits(parts: readonly VisitSums[]): VisitSums {
  const total = noVisits()
  for (const part of parts) for (const key of Object.keys(total) as (keyof VisitSums)[]) total[key] += part[key]
  return total
}

export function addWork(parts: readonly WorkSums[]): WorkSums {
  return {
    busyMs: parts.reduce((sum, { busyMs }) => sum + busyMs, 0),
    presentMs: parts.reduce((sum, { presentMs }) => sum + presentMs, 0),
  }
}
