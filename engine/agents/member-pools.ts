/**
 * The agents of a queue by what calls require of them, kept up to date change by change. Calls may require as many different
 * things as they like: a pool is made from the agents who have a skill without which nobody suits, is kept while somebody
 * waits for it, and a change of an agent touches the pools alone that the agent is in.
 */
import { OrderedSet } from '../ordered-set.ts'
import { neededSkills, type Requirement, suits } from '../skills/requirement.ts'
import type { Standing } from './agent-state.ts'
import type { Member, Pool } from './queue-index.ts'

/** Pools that nobody waits for, and that are kept all the same; the one not asked for longest is forgotten first. */
const mostSpare = 64

/** Keys of requirements that calls wait with. */
export type Held = Pick<ReadonlySet<string>, 'has'>

export function longestIdleFirst(a: Member, b: Member): number {
  return a.idleSince - b.idleSince || a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

class MemberPool implements Pool {
  readonly requirement: Requirement
  readonly idle = new OrderedSet<Member>(longestIdleFirst)
  readonly members = new Set<Member>()
  staffed = 0

  constructor(requirement: Requirement) {
    this.requirement = requirement
  }

  move(member: Member, from: Standing | null, to: Standing | null): void {
    if (from === 'available') this.idle.delete(member)
    if (isStaffed(from)) this.staffed -= 1
    if (to === 'available') this.idle.add(member)
    if (isStaffed(to)) this.staffed += 1
    if (to === null) this.members.delete(member)
    else this.members.add(member)
  }
}

export class MemberPools {
  readonly #members: ReadonlyMap<Member, Standing>
  readonly #held: Held
  readonly #inUse = new Map<string, MemberPool>()
  /** In the order in which they were asked for last. */
  readonly #spare = new Map<string, MemberPool>()
  readonly #poolsOf = new Map<Member, Set<MemberPool>>()
  readonly #bySkill = new Map<string, Set<Member>>()

  /** @param members where each stands; what moves there is told here */
  constructor(members: ReadonlyMap<Member, Standing>, held: Held) {
    this.#members = members
    this.#held = held
  }

  join(member: Member, standing: Standing): void {
    const pools = new Set<MemberPool>()
    this.#poolsOf.set(member, pools)
    for (const skill in member.skills) {
      const having = this.#bySkill.get(skill)
      if (having === undefined) this.#bySkill.set(skill, new Set([member]))
      else having.add(member)
    }
    for (const all of [this.#inUse, this.#spare]) {
      for (const pool of all.values()) if (suits(pool.requirement, member)) enter(pool, member, standing, pools)
    }
  }

  move(member: Member, from: Standing, to: Standing): void {
    // From being rung to talking to wrap-up nothing changes here.
    if (isFree(from) === isFree(to) && isStaffed(from) === isStaffed(to)) return
    for (const pool of this.#poolsOf.get(member) ?? []) pool.move(member, from, to)
  }

  leave(member: Member, from: Standing): void {
    for (const pool of this.#poolsOf.get(member) ?? []) pool.move(member, from, null)
    this.#poolsOf.delete(member)
    for (const skill in member.skills) {
      const having = this.#bySkill.get(skill)
      having?.delete(member)
      if (having?.size === 0) this.#bySkill.delete(skill)
    }
  }

  /** The first time that a requirement is asked for those are looked at who may suit. */
  pool(requirement: Requirement): Pool {
    const { key } = requirement
    const known = this.#inUse.get(key) ?? this.#spare.get(key)
    const pool = known ?? this.#made(requirement)
    if (known === undefined && this.#held.has(key)) this.#inUse.set(key, pool)
    else if (!this.#inUse.has(key)) this.#keepSpare(pool)
    return pool
  }

  /** Calls have begun to wait with a requirement, or have ceased to. */
  heldOtherwise({ key }: Requirement): void {
    const isHeld = this.#held.has(key)
    const [from, to] = isHeld ? [this.#spare, this.#inUse] : [this.#inUse, this.#spare]
    const pool = from.get(key)
    if (pool === undefined) return
    from.delete(key)
    if (isHeld) to.set(key, pool)
    else this.#keepSpare(pool)
  }

  #made(requirement: Requirement): MemberPool {
    const pool = new MemberPool(requirement)
    for (const member of this.#whoMaySuit(requirement)) {
      const [standing, pools] = [this.#members.get(member), this.#poolsOf.get(member)]
      if (standing === undefined || pools === undefined || pool.members.has(member)) continue
      if (suits(requirement, member)) enter(pool, member, standing, pools)
    }
    return pool
  }

  *#whoMaySuit(requirement: Requirement): Iterable<Member> {
    const skills = neededSkills(requirement)
    if (skills === null) yield* this.#members.keys()
    else for (const skill of skills) yield* this.#bySkill.get(skill) ?? []
  }

  /** As the one asked for last. */
  #keepSpare(pool: MemberPool): void {
    const { key } = pool.requirement
    this.#spare.delete(key)
    this.#spare.set(key, pool)
    if (this.#spare.size <= mostSpare) return
    const [oldest] = this.#spare.values()
    if (oldest === undefined) return
    this.#spare.delete(oldest.requirement.key)
    for (const member of oldest.members) this.#poolsOf.get(member)?.delete(oldest)
  }
}

function enter(pool: MemberPool, member: Member, standing: Standing, pools: Set<MemberPool>): void {
  pool.move(member, null, standing)
  pools.add(pool)
}

function isFree(standing: Standing): boolean {
  return standing === 'available'
}

function isStaffed(standing: Standing | null): boolean {
  return standing !== null && standing !== 'offline'
}
