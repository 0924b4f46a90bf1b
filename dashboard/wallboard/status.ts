/**
 * What the wallboard's colours and its first line say: pure, so that the rules can be read and tested in one place.
 * A level is a crossed threshold; everything else has no colour.
 */
import type { AgentReply } from '../../server/api/agents.ts'
import type { QueueReply } from '../../server/api/queues.ts'
import { formatDuration } from '../time/format.ts'
import { counted } from '../words.ts'

export type Level = 'ok' | 'warn' | 'bad'

/** From this share of the target on, a wait is announced as nearly too long. */
const nearTarget = 0.75
/** The field's usual goal is 80 % within the target; below 60 % the day is hardly to be saved. */
const serviceLevelGoal = 0.8
const serviceLevelFloor = 0.6

const rank: Readonly<Record<Level, number>> = { ok: 0, warn: 1, bad: 2 }

export function worst(...levels: readonly Level[]): Level {
  return levels.reduce((a, b) => (rank[b] > rank[a] ? b : a), 'ok')
}

/** The longest wait of a queue now; null when nobody waits. */
export function longestWaitMs(queue: QueueReply, nowMs: number): number | null {
  const { waiting, oldestEnqueuedAt } = queue.metrics
  if (waiting === 0 || oldestEnqueuedAt === null) return null
  return Math.max(0, nowMs - Date.parse(oldestEnqueuedAt))
}

export function waitLevel(waitMs: number | null, targetMs: number): Level {
  if (waitMs === null) return 'ok'
  if (waitMs >= targetMs) return 'bad'
  return waitMs >= targetMs * nearTarget ? 'warn' : 'ok'
}

/** How far the wait has filled the target, 0–1. */
export function waitShare(waitMs: number | null, targetMs: number): number {
  if (waitMs === null) return 0
  return targetMs === 0 ? 1 : Math.min(1, waitMs / targetMs)
}

/** The wait in words, beside its colour. */
export function waitWords(waitMs: number | null, targetMs: number): string {
  if (waitMs === null) return 'Nobody waits'
  const level = waitLevel(waitMs, targetMs)
  if (level === 'bad') return `${formatDuration(waitMs - targetMs)} over`
  return level === 'warn' ? 'Nearly over' : 'Within target'
}

/** What who joins now would wait: in which range, or that only a default handling time stands behind it. */
export function expectedWords({
  valueMs,
  lowMs,
  highMs,
  confidence,
}: NonNullable<QueueReply['metrics']['ewt']>): string {
  const about = `next in about ${formatDuration(valueMs)}`
  if (confidence === 0) return `${about}, a guess`
  return lowMs === highMs ? about : `${about} (${formatDuration(lowMs)} to ${formatDuration(highMs)})`
}

/** That everyone works while callers wait is a busy hour; that they wait for nobody is a fault. */
export function freeLevel(queue: QueueReply): Level {
  const { waiting, agents } = queue.metrics
  if (agents.available > 0 || (waiting === 0 && agents.signedIn > 0)) return 'ok'
  return waiting > 0 && agents.signedIn === 0 ? 'bad' : 'warn'
}

export function freeWords(queue: QueueReply): string {
  const { agents } = queue.metrics
  if (agents.signedIn === 0) return 'none signed in'
  return agents.available === 0 ? `none of ${agents.signedIn}` : `of ${agents.signedIn}`
}

export function serviceLevelLevel(share: number | null): Level {
  if (share === null || share >= serviceLevelGoal) return 'ok'
  return share >= serviceLevelFloor ? 'warn' : 'bad'
}

export function serviceLevelWords(share: number | null): string {
  if (share === null) return 'no calls yet'
  if (share >= serviceLevelGoal) return `goal ${serviceLevelGoal * 100} % met`
  return `below ${(share >= serviceLevelFloor ? serviceLevelGoal : serviceLevelFloor) * 100} %`
}

/** What decides a queue's place on the board: only what someone can act on now. */
export function queueLevel(queue: QueueReply, nowMs: number): Level {
  if (queue.metrics.waiting === 0) return 'ok'
  return worst(waitLevel(longestWaitMs(queue, nowMs), queue.targetMs), freeLevel(queue))
}

/** Worst first; within a level in the order given, so that ticking alone moves nothing. */
export function bySeverity(queues: readonly QueueReply[], nowMs: number): readonly QueueReply[] {
  return queues.toSorted((a, b) => rank[queueLevel(b, nowMs)] - rank[queueLevel(a, nowMs)])
}

export interface Finding {
  readonly level: Level
  readonly text: string
}

export interface OverallStatus {
  readonly waiting: Finding
  readonly free: Finding
  readonly broken: Finding
}

/**
 * The answer to the three questions of a glance: waits anyone too long, is anyone free, is something broken?
 * @param agents those whom the reader may see; without any, the queues' own counts have to do
 */
export function overallStatus(
  queues: readonly QueueReply[],
  agents: readonly AgentReply[],
  nowMs: number,
): OverallStatus {
  return {
    waiting: waitingFinding(queues, nowMs),
    free: freeFinding(queues, agents),
    broken: brokenFinding(queues, agents),
  }
}

function waitingFinding(queues: readonly QueueReply[], nowMs: number): Finding {
  const waits = queues.map(queue => ({ queue, waitMs: longestWaitMs(queue, nowMs) }))
  const late = waits.filter(({ queue, waitMs }) => waitLevel(waitMs, queue.targetMs) === 'bad')
  const [first] = late.toSorted((a, b) => (b.waitMs ?? 0) - (a.waitMs ?? 0))
  if (first !== undefined) {
    const others = late.length > 1 ? ` and ${counted(late.length - 1, 'more queue')}` : ''
    return { level: 'bad', text: `Too long a wait in ${first.queue.name}${others}` }
  }
  const near = waits.filter(({ queue, waitMs }) => waitLevel(waitMs, queue.targetMs) === 'warn')
  if (near[0] !== undefined) return { level: 'warn', text: `${near[0].queue.name} is near its target` }
  const waiting = queues.reduce((sum, queue) => sum + queue.metrics.waiting, 0)
  return { level: 'ok', text: waiting === 0 ? 'Nobody waits' : `${waiting} waiting, all within target` }
}

function freeFinding(queues: readonly QueueReply[], agents: readonly AgentReply[]): Finding {
  const without = queues.filter(queue => queue.metrics.agents.available === 0)
  const level = worst(...without.map(freeLevel))
  if (without.length === queues.length) return { level: worst(level, 'warn'), text: 'No agent is free' }
  const [first] = without.filter(queue => freeLevel(queue) === level)
  if (level !== 'ok' && first !== undefined) {
    const others = without.length > 1 ? ` and ${counted(without.length - 1, 'more queue')}` : ''
    return { level, text: `No free agent in ${first.name}${others}` }
  }
  const free = agents.filter(agent => agent.routable).length
  return { level, text: free > 0 ? `${counted(free, 'agent')} free` : 'Agents are free' }
}

/** An agent may serve several queues, so queues are counted only when the agents themselves can't be. */
function brokenFinding(queues: readonly QueueReply[], agents: readonly AgentReply[]): Finding {
  const affected = queues.filter(queue => queue.metrics.agents.unreachable > 0)
  if (affected.length === 0) return { level: 'ok', text: 'All phones reachable' }
  const unreachable = agents.filter(agent => agent.label === 'unreachable')
  const [agent] = unreachable
  if (agent !== undefined && unreachable.length === 1) return { level: 'bad', text: `${agent.name} is unreachable` }
  if (unreachable.length > 1) return { level: 'bad', text: `${unreachable.length} agents are unreachable` }
  const names = affected.length === 1 ? affected[0]?.name : counted(affected.length, 'queue')
  return { level: 'bad', text: `Unreachable phones in ${names}` }
}
