/**
 * Who was served while a visit waited: how often an agent who suits it was given to another call, and by which rule. Counted
 * once for each agent who is given away, in the groups that he suits, whoever waits there; a visit only remembers how the counts
 * stood when it joined its group. So it costs the same whether ten wait or ten thousand.
 */
import type { Meanwhile } from '../events.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import type { Entry, Group, QueueLine } from './queue-line.ts'

/** Why others were served: by what is the same for all who wait in a group, and the priority of who was served. */
type Rule = 'line' | 'queue' | 'objective' | 'fit'
type Counts = Record<keyof Omit<Meanwhile, 'agents'>, number>

const none: Counts = { before: 0, priority: 0, queue: 0, objective: 0, fit: 0, kept: 0 }

/** Of one group, since it exists. */
export class Given {
  /** Agents whose own order of queues decided. */
  #byQueue = 0
  /** By the priority with which the other call was enqueued. */
  readonly #byPriority = new Map<number, Record<'line' | 'objective' | 'fit', number>>()
  /** An agent may suit a group for several reasons, and counts once. */
  #lastTurn = 0

  note(turn: number, rule: Rule, priority: number): void {
    if (turn === this.#lastTurn) return
    this.#lastTurn = turn
    if (rule === 'queue') {
      this.#byQueue += 1
      return
    }
    let counts = this.#byPriority.get(priority)
    if (counts === undefined) {
      counts = { line: 0, objective: 0, fit: 0 }
      this.#byPriority.set(priority, counts)
    }
    counts[rule] += 1
  }

  /** As a visit of a priority sees it. */
  seenWith(own: number): Counts {
    const seen = { ...none, queue: this.#byQueue }
    for (const [priority, { line, objective, fit }] of this.#byPriority) {
      if (priority > own) seen.priority += line + objective + fit
      else {
        seen.before += line
        seen.objective += objective
        seen.fit += fit
      }
    }
    return seen
  }
}

/** What a visit has seen: what was counted before it joined its present groups is not its own. */
export interface Seen {
  counts: Counts
  since: Counts
}

export interface ServedMeanwhileOptions {
  readonly roster: Pick<DispatcherRoster, 'queuesOf' | 'member'>
  readonly queues: Pick<ReadonlyMap<string, QueueLine>, 'get'>
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
}

export class ServedMeanwhile {
  readonly #options: ServedMeanwhileOptions
  #turn = 0

  constructor(options: ServedMeanwhileOptions) {
    this.#options = options
  }

  /** An agent was given to a visit: the others who wait for such an agent were passed over. */
  given(entry: Entry, agentId: string): void {
    const { queue, visit } = entry
    const { roster, queues } = this.#options
    this.#turn += 1
    const place = roster.member(queue.config.id, agentId)?.priority ?? 0
    for (const queueId of roster.queuesOf(agentId)) {
      const other = queues.get(queueId)
      if (other === undefined || other.waiting.unoffered === 0) continue
      const member = roster.member(queueId, agentId)
      if (member === null) continue
      const rule = ruleOf(queue, other, place < member.priority)
      for (const group of other.suitedBy(member)) group.given.note(this.#turn, rule, visit.priority)
      other.reserved.get(agentId)?.given.note(this.#turn, rule, visit.priority)
    }
    // Told with this offer: counted anew from here, for one that is rung for side by side with others too.
    entry.seen = entry.groups.length === 0 ? null : { counts: none, since: sum(entry) }
  }

  /** Since the visit began to wait, or was offered last. Null: nobody was. */
  of(visitId: string): Meanwhile | null {
    const entry = this.#options.entries.get(visitId)
    return entry === undefined ? null : meanwhileOf(entry)
  }
}

function ruleOf(served: QueueLine, passed: QueueLine, isFirst: boolean): Rule {
  if (isFirst) return 'queue'
  const { strategy } = served.config
  if (strategy === 'optimal') return 'fit'
  return served !== passed && strategy === 'service-objective' ? 'objective' : 'line'
}

/** The entry has joined its groups. */
export function joined(entry: Entry): void {
  const since = sum(entry)
  // Nothing is made for who is served at once.
  if (entry.seen === null && total(since) === 0) return
  entry.seen = { counts: entry.seen?.counts ?? none, since }
}

/** The entry is about to leave its groups. */
export function leaving(entry: Entry): void {
  if (entry.groups.length === 0) return
  const counts = countsOf(entry)
  entry.seen = total(counts) === 0 ? null : { counts, since: none }
}

export function meanwhileOf(entry: Entry): Meanwhile | null {
  const counts = countsOf(entry)
  const agents = total(counts)
  if (agents === 0) return null
  const isPicky = entry.refusals !== null || (entry.visit.routing?.avoided.size ?? 0) > 0
  // An agent who suits a call but must not have it goes to the one behind it, too.
  const { before, kept, ...others } = counts
  const told = { ...others, ...(isPicky ? { before: 0, kept: before + kept } : { before, kept }) }
  return { agents, ...Object.fromEntries(Object.entries(told).filter(([, count]) => count > 0)) }
}

function countsOf(entry: Entry): Counts {
  const { counts, since } = entry.seen ?? { counts: none, since: none }
  if (entry.groups.length === 0) return counts
  return combine(combine(counts, sum(entry), 1), since, -1)
}

function sum({ groups, visit }: Entry): Counts {
  const [only] = groups
  if (groups.length === 1 && only !== undefined) return only.given.seenWith(visit.priority)
  return groups.reduce((all: Counts, group: Group) => combine(all, group.given.seenWith(visit.priority), 1), none)
}

function combine(a: Counts, b: Counts, sign: 1 | -1): Counts {
  return {
    before: a.before + sign * b.before,
    priority: a.priority + sign * b.priority,
    queue: a.queue + sign * b.queue,
    objective: a.objective + sign * b.objective,
    fit: a.fit + sign * b.fit,
    kept: a.kept + sign * b.kept,
  }
}

function total({ before, priority, queue, objective, fit, kept }: Counts): number {
  return before + priority + queue + objective + fit + kept
}

const ruleWords: Readonly<Record<keyof Counts, (one: boolean) => string>> = {
  before: one => (one ? 'was before it in line' : 'were before it in line'),
  priority: () => 'overtook it by priority',
  queue: one => (one ? 'is of a queue that its agent takes first' : 'are of queues that their agents take first'),
  objective: one => (one ? 'was nearer to missing its target' : 'were nearer to missing their targets'),
  fit: one => (one ? 'fitted its agent better' : 'fitted their agents better'),
  kept: one =>
    one ? 'was before it, or it is kept from that agent' : 'were before it, or it is kept from those agents',
}

/** `14 agents who suit it were given to others: 9 calls were before it in line, 5 overtook it by priority` */
export function meanwhileWords({ agents, ...counts }: Meanwhile): string {
  const rules = Object.entries(ruleWords).flatMap(([rule, words]) => {
    const count = counts[rule as keyof Counts] ?? 0
    return count === 0 ? [] : `${count} ${words(count === 1)}`
  })
  const who =
    agents === 1
      ? '1 agent who suits it was given to another call'
      : `${agents} agents who suit it were given to others`
  const [first = '', ...more] = rules
  const calls = first.replace(' ', agents === 1 || first.startsWith('1 ') ? ' call ' : ' calls ')
  return `${who}: ${[calls, ...more].join(', ')}`
}
