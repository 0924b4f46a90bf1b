/**
 * Why a call did not come to an agent: what he was doing at each moment at which it was offered, left the queue, or waits still.
 * Made of what the journal tells of both when somebody asks, so that it costs nothing before.
 */
import type { AgentView, CallExplanation } from '../api.ts'
import type { AnyEvent, Explanation } from '../events.ts'
import { type Expression, unmet, unmetWords } from '../skills/expression.ts'
import { parseExpression } from '../skills/parser.ts'
import { seconds } from './seconds.ts'
import type { NameOf } from './wait-moments.ts'

type AgentExplanation = NonNullable<CallExplanation['agent']>
type AgentMoment = AgentExplanation['moments'][number]
type OfferCreated = Extract<AnyEvent, { type: 'offer.created' }>
type Changed = Extract<AnyEvent, { type: 'agent.state_changed' }>
type Joined = Extract<AnyEvent, { type: 'agent.queue_membership_changed' }>

export interface WhyNotFacts {
  /** Of the call, oldest first. */
  readonly events: readonly AnyEvent[]
  /** Of the agent, from before the call on, oldest first. */
  readonly past: readonly AnyEvent[]
  /** As he is now. */
  readonly agent: AgentView
  /** The visit that waits now; null: none does. */
  readonly waitingVisitId: string | null
  readonly nowMs: number
  readonly nameOf: NameOf
}

/** Other calls that he was given while one waited, which are told one by one. */
const mostOthers = 20

const stateWords: Readonly<Record<string, string>> = {
  offline: 'signed out',
  unreachable: 'signed in, but no phone of his could be rung',
  talking: 'on a call',
  held: 'on a call that was held',
  consulting: 'consulting somebody about a call',
  conferencing: 'in a conference',
  wrapUp: 'in wrap-up',
  ringing: 'being rung',
  reserved: 'being rung',
  notReady: 'not ready',
}

export function whyNot(facts: WhyNotFacts): AgentExplanation {
  const { id, name } = facts.agent
  return { agentId: id, name, moments: new WhyNot(facts).tell() }
}

class WhyNot {
  readonly #facts: WhyNotFacts
  readonly #changes: readonly Changed[]
  readonly #joined: readonly Joined[]
  readonly #moments: AgentMoment[] = []
  /** Of the visit that is told of. */
  #visit: { readonly visitId: string; readonly queueId: string; readonly enqueuedAtMs: number } | null = null
  #from = 0
  #asks: string | null = null
  /** When and why he did not take this visit. */
  #refused: { readonly atMs: number; readonly reason: string } | null = null

  constructor(facts: WhyNotFacts) {
    this.#facts = facts
    this.#changes = facts.past.filter(event => event.type === 'agent.state_changed')
    this.#joined = facts.past.filter(event => event.type === 'agent.queue_membership_changed')
  }

  tell(): readonly AgentMoment[] {
    const { events, waitingVisitId, nowMs } = this.#facts
    for (const event of events) this.#see(event)
    const visit = this.#visit
    if (visit !== null && visit.visitId === waitingVisitId) {
      const at = new Date(nowMs).toISOString()
      this.#others(Number.POSITIVE_INFINITY)
      this.#add(at, null, this.#without(at, Number.POSITIVE_INFINITY, 'now', null))
    }
    return this.#moments
  }

  #see(event: AnyEvent): void {
    switch (event.type) {
      case 'call.queued': {
        const { visitId, queueId, enqueuedAt, requirements } = event.data
        this.#visit = { visitId, queueId, enqueuedAtMs: Date.parse(enqueuedAt) }
        this.#from = Number(event.cursor)
        this.#asks = requirements ?? null
        this.#refused = null
        break
      }
      case 'call.routing_step_changed':
        this.#asks = event.data.asks ?? event.data.to
        break
      case 'offer.created':
        if (event.data.visitId === this.#visit?.visitId) this.#offered(event)
        break
      case 'offer.rejected':
      case 'offer.timed_out':
      case 'offer.failed':
        if (event.data.agentId === this.#facts.agent.id)
          this.#refused = { atMs: Date.parse(event.time), reason: event.data.reason }
        break
      case 'call.abandoned':
      case 'call.diverted':
      case 'call.rejected':
        if (this.#visit === null || event.data.visitId !== this.#visit.visitId) break
        this.#others(Number(event.cursor))
        this.#add(event.time, null, this.#without(event.time, Number(event.cursor), 'when the call left', null))
        this.#visit = null
        break
      case 'call.connected':
        this.#visit = null
        break
    }
  }

  #offered({ time, cursor, data }: OfferCreated): void {
    const { agent, nameOf } = this.#facts
    const { agentId, offerId, explanation } = data
    const at = Number(cursor)
    if (agentId === agent.id) {
      this.#add(time, offerId, `Was rung: ${explanation.reason}.`)
      this.#from = at
      return
    }
    this.#others(at)
    this.#from = at
    const chosen = `when it was offered to ${nameOf(agentId)}`
    this.#add(time, offerId, this.#among(explanation, agentId) ?? this.#without(time, at, chosen, explanation))
  }

  /** As one who was free and looked at; null: he was not, or is not listed. */
  #among({ candidates, excluded, scoreMeaning }: Explanation, chosenId: string): string | null {
    const { agent, nameOf } = this.#facts
    const own = candidates.find(({ agentId }) => agentId === agent.id)
    const chosen = candidates.find(({ agentId }) => agentId === chosenId)
    if (own !== undefined) {
      const scores = chosen === undefined ? '' : `: ${points(chosen.score)} against ${points(own.score)}`
      const meaning = scoreMeaning === undefined ? '' : ` (${scoreMeaning}; the highest wins)`
      const words = chosen === undefined ? '' : ` ${nameOf(chosenId)}: ${chosen.reason}.`
      return `Was free, but ${nameOf(chosenId)} went first${scores}${meaning}. ${agent.name}: ${own.reason}.${words}`
    }
    const kept = excluded.find(({ agentId }) => agentId === agent.id)
    return kept === undefined ? null : `Was free, but kept from it: ${kept.reason}.`
  }

  /** @param explanation of the offer that went to somebody else */
  #without(time: string, cursor: number, when: string, explanation: Explanation | null): string {
    const visit = this.#visit
    if (visit === null) return ''
    const membership = this.#membership(visit.queueId, cursor)
    if (membership !== null) return `${membership} (${when}).`
    const { label, reason, since, callId, from } = this.#stateAt(time, cursor)
    const lacking = this.#lacking(explanation)
    const lacks = lacking === '' ? '' : ` He would not have suited it either: ${lacking}.`
    const refused =
      this.#refused === null
        ? ''
        : ` He had not taken it ${seconds(Date.parse(time) - this.#refused.atMs)} before (${this.#refused.reason}).`
    if (label !== 'available') {
      const why = reason === null ? '' : ` (${reason})`
      const long = since === null ? '' : `, for ${seconds(Date.parse(time) - Date.parse(since))}, since ${since}`
      const call = callId === null || callId === this.#callId ? '' : `, call ${callId}`
      return `Was ${stateWords[label] ?? label}${why} ${when}${long}${call}.${lacks}${refused}`
    }
    if (lacking !== '') return `Was free, but does not suit it: ${lacking}.${refused}`
    return `${this.#freeWords(explanation, from, time, since)}${refused}`
  }

  #freeWords(explanation: Explanation | null, from: string | null, time: string, since: string | null): string {
    const { notFree = {}, candidates = [], candidateCount = 0 } = explanation ?? {}
    const hadRung = from === 'ringing' || from === 'reserved'
    if (hadRung && since !== null && (explanation === null || (notFree.cooldown ?? 0) > 0))
      return `Had not taken an offer ${seconds(Date.parse(time) - Date.parse(since))} before, and was left alone for a moment (cooldown).`
    if ((notFree.inUse ?? 0) > 0) return 'Was ready, but on a call of his own that no queue brought.'
    const last = candidates.at(-1)
    if (last !== undefined && candidateCount > candidates.length)
      return `Was free, but not among the best ${candidates.length} of ${candidateCount}: his score was at most ${points(last.score)}.`
    return explanation === null
      ? 'Was free, and may not have had it: it waited for others, or was to avoid him.'
      : 'Was available, but not to be offered anything in that moment.'
  }

  /** Calls that he was given while this one waited. */
  #others(to: number): void {
    const given = this.#changes.filter(({ cursor, data }) => {
      const at = Number(cursor)
      const isGiven = (data.to === 'reserved' || data.to === 'ringing') && data.from !== 'reserved'
      return at > this.#from && at < to && isGiven && data.callId !== null && data.callId !== this.#callId
    })
    for (const { time, data } of given.slice(0, mostOthers))
      this.#add(time, null, `Became free, and was given another call, ${data.callId}.`, data.callId)
    const more = given.length - mostOthers
    if (more > 0) this.#add(given.at(-1)?.time ?? '', null, `Was given ${more} further calls until then.`)
    this.#from = to
  }

  /** By what is known of him before an instant, or else by what changed next, or by what he is now. */
  #stateAt(time: string, cursor: number) {
    const { agent } = this.#facts
    const last = this.#changes.findLast(change => Number(change.cursor) < cursor)
    if (last !== undefined) {
      const { to, reason, since, callId, from } = last.data
      return { label: to, reason, since, callId, from }
    }
    const next = this.#changes.find(change => Number(change.cursor) >= cursor)
    const unknown = { reason: null, since: null, callId: null, from: null }
    if (next !== undefined) return { ...unknown, label: next.data.from }
    const { label, reason, since } = agent
    return { ...unknown, label, reason: label === 'notReady' ? reason : null, since: since <= time ? since : null }
  }

  /** Why he did not serve a queue; null: he did. */
  #membership(queueId: string, cursor: number): string | null {
    const { queues, queuesLeft } = this.#facts.agent
    if (!queues.includes(queueId) && !queuesLeft.includes(queueId)) return `Does not serve ${queueId}`
    const of = this.#joined.filter(({ data }) => data.queueId === queueId)
    const last = of.findLast(change => Number(change.cursor) < cursor)
    const next = of.find(change => Number(change.cursor) >= cursor)
    const isIn = last?.data.signedIn ?? (next === undefined ? queues.includes(queueId) : !next.data.signedIn)
    return isIn ? null : `Had left ${queueId}`
  }

  /** By the skills that he has now. */
  #lacking(explanation: Explanation | null): string {
    const expression = readable(explanation?.asks ?? explanation?.step ?? null) ?? readable(this.#asks)
    return expression === null ? '' : unmetWords(unmet(expression, this.#facts.agent.skills))
  }

  get #callId(): string {
    return this.#facts.events[0]?.correlationid ?? ''
  }

  #add(at: string, offerId: string | null, words: string, otherCallId: string | null = null): void {
    const visit = this.#visit
    if (visit === null) return
    const afterMs = Math.max(0, Date.parse(at) - visit.enqueuedAtMs)
    const { visitId } = visit
    this.#moments.push({ at, afterMs, visitId, offerId, words, ...(otherCallId === null ? {} : { otherCallId }) })
  }
}

/** Names of stages are no expressions: `ring 2`, `anyone`. */
function readable(text: string | null): Expression | null {
  if (text === null || text === '' || text === 'anyone') return null
  try {
    return parseExpression(text)
  } catch {
    return null
  }
}

function points(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(2)
}
