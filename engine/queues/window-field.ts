/**
 * Who was free for the calls of a group when a window ended. All pairs of a window are found at once, so the field is judged
 * once for a group, with its first pair, and each pair tells beside that what is different for its call alone.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Explanation } from '../events.ts'
import { meets } from '../skills/expression.ts'
import type { MatchedPair, MatchedWindow } from './batch-window.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import type { Eligibility } from './eligibility.ts'
import {
  type Assignment,
  type Candidate,
  type Excluded,
  insert,
  type MatchInput,
  mostShown,
  preferring,
  unsuitable,
} from './match.ts'
import type { Group } from './queue-line.ts'
import { ringAsks } from './visit-routing.ts'

type Told = Explanation['candidates'][number]

const goesElsewhere = 'goes with another call of the moment'

export interface WindowFieldsOptions extends Pick<MatchedWindow, 'pairs' | 'agents'> {
  readonly eligibility: Pick<Eligibility, 'memberSuiting'>
  readonly roster: Pick<DispatcherRoster, 'yields' | 'notFree'>
}

export class WindowFields {
  readonly #options: WindowFieldsOptions
  /** Agents who go with one of the window's calls. */
  readonly #paired: ReadonlySet<string>
  /** By queue, before anybody is taken. */
  readonly #notFree = new Map<string, Readonly<Record<string, number>>>()
  readonly #fields = new Map<Group, WindowField>()

  constructor(options: WindowFieldsOptions) {
    this.#options = options
    this.#paired = new Set(options.pairs.map(({ agentId }) => agentId))
    for (const { entry } of options.pairs) {
      const { queueId } = entry.visit
      if (!this.#notFree.has(queueId)) this.#notFree.set(queueId, options.roster.notFree(queueId))
    }
  }

  /** @returns nothing if the agent may not have the visit any more */
  assign(pair: MatchedPair, input: MatchInput): readonly Assignment[] {
    const { group, entry, agentId } = pair
    const { visit } = entry
    const field = this.#fields.get(group) ?? new WindowField(pair, input, this.#paired, this.#options)
    // Those who hold out for one agent may differ in what they ask for.
    if (group.agentId === null) this.#fields.set(group, field)
    const explanation = field.explain(pair, input, this.#notFree.get(visit.queueId) ?? {})
    return explanation === null ? [] : [{ visit, agentId, explanation }]
  }
}

class WindowField {
  readonly #group: Group
  readonly #fit: MatchedPair['fit']
  readonly #rings: NonNullable<MatchInput['rings']>
  readonly #agents: ReadonlyMap<string, IdleAgent>
  readonly #paired: ReadonlySet<string>
  readonly #eligibility: WindowFieldsOptions['eligibility']
  readonly #count: number
  /** Best first. */
  readonly #top: readonly Candidate[]
  /** Agents who take calls of another queue first: whether one waits for them is a question of its own with each pair. */
  readonly #yielding: readonly string[]
  readonly #unsuitable: readonly Excluded[]
  readonly #told = new Map<string, Told>()

  constructor(
    { group, fit }: MatchedPair,
    input: MatchInput,
    paired: ReadonlySet<string>,
    { agents, eligibility, roster }: WindowFieldsOptions,
  ) {
    const alone = group.agentId === null ? undefined : agents.get(group.agentId)
    this.#group = group
    this.#fit = fit
    this.#rings = input.rings ?? []
    this.#agents = alone === undefined ? agents : new Map([[alone.id, alone]])
    this.#paired = paired
    this.#eligibility = eligibility
    this.#unsuitable = unsuitable(input)
    this.#top = this.#best(new Set())
    const suiting = [...this.#agents.values()].filter(agent => this.#fit(agent) !== null)
    this.#count = suiting.length
    const isYielding = (agent: IdleAgent) => eligibility.memberSuiting(group, agent)?.yields === true
    this.#yielding = roster.yields(group.queue.config.id) ? suiting.filter(isYielding).map(({ id }) => id) : []
  }

  /** Null if the agent may not have the visit any more. */
  explain({ entry, agentId, named }: MatchedPair, input: MatchInput, notFree: Explanation['notFree']) {
    const { visit } = entry
    const { strategy, context } = input
    const chosen = this.#member(agentId)
    if (chosen === null || (input.barred?.(visit, chosen) ?? null) !== null) return null
    const excluded: Excluded[] = []
    const wishes: Candidate[] = []
    const out = new Set<string>()
    for (const id of this.#yielding.length === 0 ? named : new Set([...named, ...this.#yielding])) {
      const agent = this.#member(id)
      if (agent === null) continue
      const reason = input.barred?.(visit, agent) ?? input.unwanted?.(visit, agent) ?? null
      const preference = input.preference?.(visit, agent) ?? 0
      if (reason !== null && id !== agentId) excluded.push({ agentId: id, reason })
      else if (preference !== 0) insert(wishes, this.#candidate(agent, preference), mostShown)
      else continue
      out.add(id)
    }
    const preference = input.preference?.(visit, chosen) ?? 0
    const reason = `${preferring(preference)}best for all calls of the moment: ${strategy.describe(chosen, context)}`
    const others = this.#top.some(({ agent }) => out.has(agent.id)) ? this.#best(out) : this.#top
    const candidates = [...wishes, ...others].slice(0, mostShown).map(one => this.#tell(one, input))
    const place = candidates.findIndex(candidate => candidate.agentId === agentId)
    // Who was chosen is shown, however far behind the best.
    const at = place < 0 ? Math.min(candidates.length, mostShown - 1) : place
    candidates[at] = { agentId, score: this.#fit(chosen) ?? 0, chosen: true, reason }
    return {
      strategy: strategy.name,
      reason,
      candidates,
      candidateCount: this.#count - excluded.length,
      excluded: [...excluded, ...this.#unsuitable].slice(0, mostShown),
      notFree,
      waiting: input.waiting,
      position: input.position(visit),
      step: input.step ?? null,
      ...ringAsks(input.rings ?? []),
      scoreMeaning: strategy.meaning,
    }
  }

  /** As the window saw him; null for who did not suit, or was not free. */
  #member(agentId: string): IdleAgent | null {
    const agent = this.#agents.get(agentId)
    return agent === undefined || this.#fit(agent) === null ? null : this.#eligibility.memberSuiting(this.#group, agent)
  }

  #candidate(agent: IdleAgent, preference = 0): Candidate {
    const ring = this.#rings.findIndex(one => one === null || meets(one, agent.skills))
    return { agent, preference, score: this.#fit(agent) ?? 0, ring }
  }

  #best(out: ReadonlySet<string>): readonly Candidate[] {
    const best: Candidate[] = []
    for (const agent of this.#agents.values()) {
      const fit = this.#fit(agent)
      if (fit === null || fit < (best[mostShown - 1]?.score ?? fit) || out.has(agent.id)) continue
      insert(best, this.#candidate(agent), mostShown)
    }
    return best
  }

  /** As one who was not chosen; told alike with all calls of the group that do not name him. */
  #tell({ agent: { id }, preference, score }: Candidate, { strategy, context }: MatchInput): Told {
    let told = this.#told.get(id)
    if (told === undefined) {
      const member = this.#paired.has(id) ? null : this.#member(id)
      const reason = member === null ? goesElsewhere : strategy.describe(member, context)
      told = { agentId: id, score, chosen: false, reason }
      this.#told.set(id, told)
    }
    return preference === 0 ? told : { ...told, reason: `${preferring(preference)}${told.reason}` }
  }
}
