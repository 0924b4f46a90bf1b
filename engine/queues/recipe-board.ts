/**
 * Looks after the overflow rules and recipes of all queues: which visits one is ripe for, and when its other conditions have come true. A visit
 * becomes ripe by one deadline; what is counted is looked at a moment after it changed, once for all changes, and only for
 * visits that are ripe: those whom the same agents suit are judged together, and places are looked at from the first on.
 */
import type { QueueConfig } from '../config.ts'
import type { WaitConditions } from '../config-conditions.ts'
import type { Clock } from '../ports/clock.ts'
import type { Requirement } from '../skills/requirement.ts'
import { TurnoverMap } from '../turnover-map.ts'
import type { Dispatcher, DispatcherRoster } from './dispatcher-types.ts'
import { Eligibility } from './eligibility.ts'
import { provenMs } from './estimate.ts'
import {
  asksForAgents,
  becauseOf,
  hasAgents,
  isBelow,
  isWithin,
  type SuitingAgents,
  standing,
} from './recipe-conditions.ts'
import { RecipeLine as Line, type RipeGroup, type RipeList, type Walk } from './recipe-lists.ts'
import type { RecipeProgress } from './recipe-progress.ts'
import { leavesAtOnce, type WaitRule, WaitRules } from './wait-rules.ts'
import type { WaitingVisit } from './waiting-list.ts'
import { Wakes } from './wakes.ts'

/** Changes of this time are looked at together. */
const settleMs = 250
/** Hours are looked at so often while a rule waits for them: a supervisor may open or close at any time. */
const hoursWatchMs = 15_000
/** So often rules act in one turn of the loop; the rest in the next ones, so that calls are not kept waiting for it. */
const mostActs = 100
/** So many places are looked at in one turn, and so many visits become ripe. */
const mostPlaces = 1_000
const mostRipened = 500

/** A visit, as the rules of its queue see it. */
export interface RecipeVisit {
  readonly visitId: string
  readonly queue: QueueConfig
  readonly progress: RecipeProgress
  /** What `waitedMs` counts from, in milliseconds since the epoch. */
  readonly sinceMs: number
  /** Where it waits now, and what it asks for there. */
  readonly place: WaitingVisit
  /**
   * Nothing is done while an agent is being rung; null: nobody is. Where one is always rung beside another, overflow rules wait until
   * this instant, in milliseconds since the epoch.
   */
  readonly rungUntilMs: number | null
  /** May call any method of the board. */
  act(index: number, because: string): void
}

export interface RecipeBoardOptions {
  readonly clock: Clock
  readonly roster: DispatcherRoster
  readonly line: Pick<Dispatcher, 'position' | 'waiting' | 'waitAt' | 'prospect' | 'freeFor'>
  /** Null for hours that are no more. */
  hoursOf(hoursId: string): { readonly open: boolean; readonly nextChangeMs: number | null } | null
}

type RecipeLine = Line<Due>

interface Member {
  readonly visit: RecipeVisit
  readonly line: RecipeLine
  /** As the lists have it. */
  place: WaitingVisit
  readonly ripe: Map<RipeList, RipeGroup>
}

/** A visit for which all conditions of a rule hold. */
interface Due {
  readonly list: RipeList
  readonly member: Member
  readonly because: string
}

/** How far a look at a group has come: to somebody for whom a rule is due, or to as many as one turn looks at. */
interface Halt {
  readonly at: WaitingVisit
  readonly due: Due | null
}

export class RecipeBoard {
  /** Of each queue. */
  readonly rules = new WaitRules()
  readonly #options: RecipeBoardOptions
  readonly #eligibility: Eligibility
  readonly #members = new TurnoverMap<string, Member>()
  readonly #lines = new Map<string, RecipeLine>()
  readonly #ripening: Wakes
  readonly #looks: Wakes
  /** Visits have become ripe there; looked at when all of the moment have. */
  readonly #ripened = new Set<RecipeLine>()
  /** In this turn. */
  #placesLeft = 0

  constructor(options: RecipeBoardOptions) {
    this.#options = options
    this.#eligibility = new Eligibility(options.roster)
    this.#ripening = new Wakes(options.clock, (visitIds, isLast) => this.#ripenAll(visitIds, isLast), mostRipened)
    this.#looks = new Wakes(options.clock, queueIds => this.#lookAt(queueIds.flatMap(id => this.#lines.get(id) ?? [])))
  }

  /** The visit waits. */
  join(visit: RecipeVisit): void {
    this.leave(visit.visitId)
    const { queue, visitId, place } = visit
    let line = this.#lines.get(queue.id)
    if (line === undefined) {
      line = new Line(queue.id)
      this.#lines.set(queue.id, line)
    }
    line.size += 1
    const member: Member = { visit, line, place, ripe: new Map() }
    this.#members.set(visitId, member)
    this.#ripen(member)
    this.touch(queue.id)
  }

  /** It waits no longer. */
  leave(visitId: string): void {
    const member = this.#members.get(visitId)
    if (member === undefined) return
    this.#members.delete(visitId)
    this.#ripening.set(visitId, null)
    this.#unlist(member)
    const { line } = member
    line.size -= 1
    this.touch(line.queueId)
    if (line.size > 0) return
    this.#lines.delete(line.queueId)
    this.#looks.set(line.queueId, null)
  }

  /** It has another place, or asks for something else. */
  moved(visitId: string): void {
    const member = this.#members.get(visitId)
    if (member === undefined) return
    this.#unlist(member)
    member.place = member.visit.place
    this.#ripen(member)
    this.touch(member.line.queueId)
  }

  /**
   * Why a rule acts on a visit now, whether that waits in line or is about to; null: its conditions do not hold. Time is not asked for.
   */
  judge({ when }: Pick<WaitRule, 'when'>, { place, sinceMs }: Pick<RecipeVisit, 'place' | 'sinceMs'>): string | null {
    const { clock, line } = this.#options
    const { visitId, queueId } = place
    const there = line.position(visitId)
    const { position, wait } =
      there === null ? line.prospect(place) : { position: there, wait: line.waitAt(queueId, there) }
    const waiting = line.waiting(queueId) + (there === null ? 1 : 0)
    const agents = this.#agentsFor(when, queueId, this.#requirementFor({ when }, place))
    const ewtMs = provenMs(wait)
    const isMet = this.#isTime(when) && isWithin(when.waiting, waiting) && hasAgents(when, agents)
    if (!isMet || standing(when, position, ewtMs) !== 'meant') return null
    const waitedMs = Math.max(0, clock.now() - sinceMs)
    return becauseOf(when, { waitedMs, position, waiting, ewtMs, ...agents })
  }

  /** Something was counted anew in a queue. */
  touch(queueId: string): void {
    const line = this.#lines.get(queueId)
    if (line?.isRipe !== true) return
    line.isTouched = true
    this.#lookBy(line, this.#options.clock.now() + settleMs)
  }

  stop(): void {
    this.#ripening.stop()
    this.#looks.stop()
    this.#ripened.clear()
    this.#members.clear()
    this.#lines.clear()
  }

  #ripenAll(visitIds: readonly string[], isLast: boolean): void {
    for (const visitId of visitIds) {
      const member = this.#members.get(visitId)
      if (member === undefined) continue
      this.#ripen(member)
      this.#ripened.add(member.line)
    }
    // Whose turn it is can't be told before all have become ripe.
    if (!isLast) return
    const lines = [...this.#ripened]
    this.#ripened.clear()
    this.#lookAt(lines)
  }

  /** Puts the visit into the lists of the rules whose time has come, and waits for the next one. */
  #ripen(member: Member): void {
    const { visit, line, place, ripe } = member
    const { progress, queue, visitId } = visit
    const nowMs = this.#options.clock.now()
    progress.rules.forEach((rule, index) => {
      if (!progress.isRipe(index, nowMs)) return
      const list = line.listOf(rule, index, queue.aging)
      if (!ripe.has(list)) ripe.set(list, list.add(place, this.#requirementFor(rule, place), nowMs))
    })
    this.#ripening.set(visitId, progress.nextAt(nowMs))
  }

  #unlist({ ripe, place }: Member): void {
    for (const [list, group] of ripe) list.delete(place, group)
    ripe.clear()
  }

  #requirementFor({ when }: Pick<WaitRule, 'when'>, { routing }: WaitingVisit): Requirement | null {
    return asksForAgents(when) ? this.#eligibility.asked(routing?.stage ?? null) : null
  }

  #lookBy(line: RecipeLine, atMs: number): void {
    if (line.lookAtMs <= atMs) return
    line.lookAtMs = atMs
    this.#looks.set(line.queueId, atMs)
  }

  #lookAt(lines: readonly RecipeLine[]): void {
    let actsLeft = mostActs
    this.#placesLeft = mostPlaces
    for (const line of lines) {
      if (this.#ripened.has(line) || this.#lines.get(line.queueId) !== line) continue
      line.lookAtMs = Number.POSITIVE_INFINITY
      this.#looks.set(line.queueId, null)
      const mayLook = actsLeft > 0 && this.#placesLeft > 0
      if (mayLook) actsLeft -= this.#actIn(line, actsLeft)
      if (this.#lines.get(line.queueId) !== line) continue
      const nowMs = this.#options.clock.now()
      if (!mayLook || line.walk !== null) this.#lookBy(line, nowMs)
      // Who came before where the look was at that moment.
      else if (line.isTouched) this.#lookBy(line, nowMs + settleMs)
      this.#watchHours(line)
    }
  }

  /** Goes on with the look under way, or begins one. @param most so often. @returns how often rules have acted */
  #actIn(line: RecipeLine, most: number): number {
    if (line.walk === null) line.isTouched = false
    const walk = line.walk ?? this.#walk(line)
    line.walk = walk
    for (let acts = 0; acts < most; acts += 1) {
      const { value: due, done } = walk.next()
      if (done === true) line.walk = null
      if (done === true || due === null) return acts
      const { list, member, because } = due
      const { visit, ripe, place } = member
      const group = ripe.get(list)
      if (group !== undefined) list.delete(place, group)
      ripe.delete(list)
      visit.progress.acted(list.index, this.#options.clock.now())
      this.#ripening.set(visit.visitId, visit.progress.nextAt(this.#options.clock.now()))
      visit.act(list.index, because)
    }
    return most
  }

  /** One after the other, for what is done to one may change what is counted for the next; whom it brings to the fore has the next look. */
  *#walk(line: RecipeLine): Walk<Due> {
    for (const list of line.lists()) {
      for (const group of list.groups()) {
        let after: WaitingVisit | null = null
        while (this.#isPossible(list.rule, line.queueId)) {
          const halt: Halt | null = this.#next(list, line.queueId, group, after)
          if (halt === null) break
          after = halt.at
          yield halt.due
        }
      }
    }
  }

  /** Whether the conditions can hold for anybody in a queue. */
  #isPossible({ when }: WaitRule, queueId: string): boolean {
    const waiting = this.#options.line.waiting(queueId)
    if (!this.#isTime(when) || !isWithin(when.waiting, waiting)) return false
    // Nobody is expected to wait longer than the last one.
    return !isBelow(when.ewtMs, this.#ewtMs(when, queueId, waiting) ?? 0)
  }

  /** The first visit of a group, or after another one, for which all conditions of a rule hold. */
  #next(list: RipeList, queueId: string, { requirement, turns }: RipeGroup, after: WaitingVisit | null): Halt | null {
    const { clock, line, roster } = this.#options
    const { rule } = list
    const { when } = rule
    const agents = this.#agentsFor(when, queueId, requirement)
    if (!hasAgents(when, agents)) return null
    const nowMs = clock.now()
    const mayBeServed = leavesAtOnce(rule) && roster.idle(queueId).size > 0
    for (const at of after === null ? turns.inTurn(nowMs) : turns.inTurnAfter(after, nowMs)) {
      const member = this.#members.get(at.visitId)
      const position = line.position(at.visitId)
      this.#placesLeft -= 1
      const ewtMs = position === null ? null : this.#ewtMs(when, queueId, position)
      const where = position === null ? 'ahead' : standing(when, position, ewtMs)
      if (where === 'behind') break
      const isLeft =
        where === 'ahead' ||
        member === undefined ||
        position === null ||
        this.#isRung(member, rule, nowMs) ||
        // When he is free no longer, that is counted anew.
        (mayBeServed && line.freeFor(member.place) > 0)
      if (isLeft && this.#placesLeft > 0) continue
      if (isLeft) return { at, due: null }
      const waitedMs = Math.max(0, nowMs - member.visit.sinceMs)
      const waiting = line.waiting(queueId)
      return { at, due: { list, member, because: becauseOf(when, { waitedMs, position, waiting, ewtMs, ...agents }) } }
    }
    return null
  }

  #isRung({ visit: { rungUntilMs }, line }: Member, { kind }: WaitRule, nowMs: number): boolean {
    if (rungUntilMs === null) return false
    if (kind === 'recipe') return true
    // A ring that ends just then is not cut.
    const atMs = rungUntilMs + settleMs
    if (atMs > nowMs) this.#lookBy(line, atMs)
    return atMs > nowMs
  }

  #agentsFor({ eligible, available }: WaitConditions, queueId: string, asked: Requirement | null): SuitingAgents {
    const pool = asked === null ? null : this.#options.roster.pool(queueId, asked)
    return {
      eligible: eligible === undefined ? null : (pool?.staffed ?? 0),
      available: available === undefined ? null : (pool?.idle.size ?? 0),
    }
  }

  /** Null where nobody asks for it, and where nothing is known that a rule may act on. */
  #ewtMs(when: WaitConditions, queueId: string, place: number): number | null {
    return when.ewtMs === undefined ? null : provenMs(this.#options.line.waitAt(queueId, place))
  }

  #isTime(when: WaitConditions): boolean {
    const { hoursOf } = this.#options
    if (when.open !== undefined && hoursOf(when.open)?.open !== true) return false
    return when.closed === undefined || hoursOf(when.closed)?.open === false
  }

  /** Nothing that is counted tells that hours begin or end. */
  #watchHours(line: RecipeLine): void {
    if (!this.#lines.has(line.queueId)) return
    const { clock, hoursOf } = this.#options
    const nowMs = clock.now()
    for (const { rule, isEmpty } of line.lists()) {
      if (isEmpty) continue
      for (const hoursId of [rule.when.open, rule.when.closed]) {
        if (hoursId === undefined) continue
        const changeMs = hoursOf(hoursId)?.nextChangeMs ?? Number.POSITIVE_INFINITY
        this.#lookBy(line, Math.min(nowMs + hoursWatchMs, Math.max(changeMs, nowMs + 1)))
      }
    }
  }
}
