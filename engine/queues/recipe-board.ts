/**
 * Looks after the recipes of all queues: which visits one is ripe for, and when its other conditions have come true. A visit
 * becomes ripe by one deadline; what is counted is looked at a moment after it changed, once for all changes, and only for
 * visits that are ripe: those whom the same agents suit are judged together, and places are looked at from the first on.
 */
import type { QueueConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Requirement } from '../skills/requirement.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import { Eligibility } from './eligibility.ts'
import { asksForAgents, becauseOf, isAbove, isBelow, isWithin, type RecipeFacts } from './recipe-conditions.ts'
import { RecipeLine, type RipeGroup, type RipeList } from './recipe-lists.ts'
import type { RecipeProgress } from './recipe-progress.ts'
import type { WaitingVisit } from './waiting-list.ts'
import { Wakes } from './wakes.ts'

/** Changes of this time are looked at together. */
const settleMs = 250
/** Hours are looked at so often while a recipe waits for them: a supervisor may open or close at any time. */
const hoursWatchMs = 15_000

/** A visit, as its recipes see it. */
export interface RecipeVisit {
  readonly visitId: string
  readonly queue: QueueConfig
  readonly progress: RecipeProgress
  /** What `waitedMs` counts from, in milliseconds since the epoch. */
  readonly sinceMs: number
  /** Where it waits now, and what it asks for there. */
  readonly place: WaitingVisit
  /** An agent is being rung: nothing is done meanwhile. */
  readonly isOffered: boolean
  /** May call any method of the board. */
  act(index: number, because: string): void
}

export interface RecipeBoardOptions {
  readonly clock: Clock
  readonly roster: DispatcherRoster
  position(visitId: string): number | null
  waiting(queueId: string): number
  /** Null for hours that are no more. */
  hoursOf(hoursId: string): { readonly open: boolean; readonly nextChangeMs: number | null } | null
}

interface Member {
  readonly visit: RecipeVisit
  readonly line: RecipeLine
  /** As the lists have it. */
  place: WaitingVisit
  readonly ripe: Map<RipeList, RipeGroup>
}

export class RecipeBoard {
  readonly #options: RecipeBoardOptions
  readonly #eligibility: Eligibility
  readonly #members = new Map<string, Member>()
  readonly #lines = new Map<string, RecipeLine>()
  readonly #ripening: Wakes
  readonly #looks: Wakes

  constructor(options: RecipeBoardOptions) {
    this.#options = options
    this.#eligibility = new Eligibility(options.roster)
    this.#ripening = new Wakes(options.clock, visitIds => this.#ripened(visitIds))
    this.#looks = new Wakes(options.clock, queueIds => this.#lookAt(queueIds.flatMap(id => this.#lines.get(id) ?? [])))
  }

  /** The visit waits. */
  join(visit: RecipeVisit): void {
    this.leave(visit.visitId)
    const { queue, visitId, place } = visit
    let line = this.#lines.get(queue.id)
    if (line === undefined) {
      line = new RecipeLine(queue.id)
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

  /** Something was counted anew in a queue. */
  touch(queueId: string): void {
    const line = this.#lines.get(queueId)
    if (line?.isRipe === true) this.#lookBy(line, this.#options.clock.now() + settleMs)
  }

  stop(): void {
    this.#ripening.stop()
    this.#looks.stop()
    this.#members.clear()
    this.#lines.clear()
  }

  #ripened(visitIds: readonly string[]): void {
    const lines = new Set<RecipeLine>()
    for (const visitId of visitIds) {
      const member = this.#members.get(visitId)
      if (member === undefined) continue
      this.#ripen(member)
      lines.add(member.line)
    }
    this.#lookAt([...lines])
  }

  /** Puts the visit into the lists of the recipes whose time has come, and waits for the next one. */
  #ripen(member: Member): void {
    const { visit, line, place, ripe } = member
    const { progress, queue, visitId } = visit
    const nowMs = this.#options.clock.now()
    progress.recipes.forEach((recipe, index) => {
      if (!progress.isRipe(index, nowMs)) return
      const list = line.listOf(recipe, index, queue.aging)
      if (!ripe.has(list)) ripe.set(list, list.add(place, this.#requirementFor(list, place), nowMs))
    })
    this.#ripening.set(visitId, progress.nextAt(nowMs))
  }

  #unlist({ ripe, place }: Member): void {
    for (const [list, group] of ripe) list.delete(place, group)
    ripe.clear()
  }

  #requirementFor({ recipe }: RipeList, { routing }: WaitingVisit): Requirement | null {
    return asksForAgents(recipe.when) ? this.#eligibility.asked(routing?.stage ?? null) : null
  }

  #lookBy(line: RecipeLine, atMs: number): void {
    if (line.lookAtMs <= atMs) return
    line.lookAtMs = atMs
    this.#looks.set(line.queueId, atMs)
  }

  #lookAt(lines: readonly RecipeLine[]): void {
    for (const line of lines) {
      line.lookAtMs = Number.POSITIVE_INFINITY
      this.#looks.set(line.queueId, null)
      for (const list of line.lists()) {
        // What is done to one may change what is counted for the next.
        for (let found = this.#find(list, line); found !== null; found = this.#find(list, line)) {
          const { member, because } = found
          const { visit, ripe, place } = member
          const group = ripe.get(list)
          if (group !== undefined) list.delete(place, group)
          ripe.delete(list)
          visit.progress.acted(list.index, this.#options.clock.now())
          this.#ripening.set(visit.visitId, visit.progress.nextAt(this.#options.clock.now()))
          visit.act(list.index, because)
        }
      }
      this.#watchHours(line)
    }
  }

  /** The first visit for which all conditions of a recipe hold. */
  #find(list: RipeList, line: RecipeLine): { readonly member: Member; readonly because: string } | null {
    const { clock, roster, position, waiting } = this.#options
    const { when } = list.recipe
    if (list.isEmpty || !this.#isTime(list)) return null
    const total = waiting(line.queueId)
    if (!isWithin(when.waiting, total)) return null
    const nowMs = clock.now()
    for (const { requirement, turns } of list.groups()) {
      const pool = requirement === null ? null : roster.pool(line.queueId, requirement)
      const eligible = when.eligible === undefined ? null : (pool?.staffed ?? 0)
      const available = when.available === undefined ? null : (pool?.idle.size ?? 0)
      if (!isWithin(when.eligible, eligible ?? 0) || !isWithin(when.available, available ?? 0)) continue
      for (const { visitId } of turns.inTurn(nowMs)) {
        const member = this.#members.get(visitId)
        const place = position(visitId)
        if (member === undefined || place === null || isBelow(when.position, place)) continue
        if (isAbove(when.position, place)) break
        if (member.visit.isOffered) continue
        const waitedMs = Math.max(0, nowMs - member.visit.sinceMs)
        const facts: RecipeFacts = { waitedMs, position: place, waiting: total, eligible, available }
        return { member, because: becauseOf(when, facts) }
      }
    }
    return null
  }

  #isTime({ recipe: { when } }: RipeList): boolean {
    const { hoursOf } = this.#options
    if (when.open !== undefined && hoursOf(when.open)?.open !== true) return false
    return when.closed === undefined || hoursOf(when.closed)?.open === false
  }

  /** Nothing that is counted tells that hours begin or end. */
  #watchHours(line: RecipeLine): void {
    if (!this.#lines.has(line.queueId)) return
    const { clock, hoursOf } = this.#options
    const nowMs = clock.now()
    for (const { recipe, isEmpty } of line.lists()) {
      if (isEmpty) continue
      for (const hoursId of [recipe.when.open, recipe.when.closed]) {
        if (hoursId === undefined) continue
        const changeMs = hoursOf(hoursId)?.nextChangeMs ?? Number.POSITIVE_INFINITY
        this.#lookBy(line, Math.min(nowMs + hoursWatchMs, Math.max(changeMs, nowMs + 1)))
      }
    }
  }
}
