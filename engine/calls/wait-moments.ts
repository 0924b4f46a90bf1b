/**
 * The wait of a visit, moment by moment, in words and numbers: what it asked for, who was rung and why just then, why nobody
 * was before, and what came of it. Told from the events of its call, so that it is there when the call is long over.
 */
import type { AnyEvent, Attributes, Explanation, Meanwhile, WaitEstimate } from '../events.ts'
import { meanwhileWords } from '../queues/meanwhile.ts'
import { avoidedAttribute, preferredAttribute, readAgents } from '../skills/named-agents.ts'
import { priorityAttribute, requirementsAttribute } from './routing-request.ts'
import { seconds } from './seconds.ts'

export interface WaitMoment {
  /** RFC 3339. */
  readonly at: string
  /** Since the visit was enqueued. */
  readonly afterMs: number
  readonly words: string
}

type EndOfOffer =
  | 'offer.accepted'
  | 'offer.rejected'
  | 'offer.timed_out'
  | 'offer.canceled'
  | 'offer.rescinded'
  | 'offer.failed'

/** A pause without anybody being rung that is longer than this is told of; shorter ones are those of matching. */
const pauseMs = 500
const mostNamed = 3

/** What people call an agent. */
export type NameOf = (agentId: string) => string

/** @param events of one call, in order @returns by visit id */
export function waitMoments(
  events: readonly AnyEvent[],
  nameOf: NameOf = id => id,
): ReadonlyMap<string, readonly WaitMoment[]> {
  const visits = new Map<string, Telling>()
  let current: Telling | null = null
  for (const event of events) {
    if (event.type === 'call.queued') {
      current = new Telling(event, nameOf)
      visits.set(event.data.visitId, current)
    } else if (current !== null && !current.isOver) current.see(event)
  }
  return new Map([...visits].map(([visitId, { moments }]) => [visitId, moments]))
}

class Telling {
  readonly moments: WaitMoment[] = []
  isOver = false
  readonly #enqueuedAtMs: number
  readonly #nameOf: NameOf
  /** Offers without an end. */
  #open = 0
  /** Since when nobody is rung. */
  #pauseSince: string

  constructor({ time, data }: Extract<AnyEvent, { type: 'call.queued' }>, nameOf: NameOf) {
    const { queueId, priority, position, ewtMs, ewt, enqueuedAt, requirements, cause } = data
    this.#nameOf = nameOf
    this.#enqueuedAtMs = Date.parse(enqueuedAt)
    this.#pauseSince = time
    const wanted = requirements === undefined ? '' : `, asking for ${requirements}`
    const wait = ewtMs === null ? '' : `; expected to wait ${seconds(ewtMs)}${rangeWords(ewt)}`
    const why = cause === 'inbound' ? '' : ` (${cause})`
    this.#tell(time, `Entered ${queueId}${why} at place ${position} with priority ${priority}${wanted}${wait}.`)
  }

  see(event: AnyEvent): void {
    const { time } = event
    switch (event.type) {
      case 'offer.created':
        if (event.data.visitId !== null) this.#offered(time, event.data.agentId, event.data.explanation)
        break
      case 'offer.accepted':
      case 'offer.rejected':
      case 'offer.timed_out':
      case 'offer.canceled':
      case 'offer.rescinded':
      case 'offer.failed':
        this.#open = Math.max(0, this.#open - 1)
        if (this.#open === 0) this.#pauseSince = time
        this.#tell(time, endWords(event.type, event.data, this.#nameOf(event.data.agentId)))
        break
      case 'call.routing_step_changed': {
        const { from, to, asks, eligibleCount, recipe } = event.data
        const who = `${eligibleCount} signed-in ${eligibleCount === 1 ? 'agent suits' : 'agents suit'}`
        const why = recipe === undefined ? `Nobody was found for ${from} in time: now` : 'Now'
        this.#tell(time, `${why} it asks for ${stageWords(to, asks)}; ${who}.`)
        break
      }
      case 'call.recipe_applied': {
        const { recipe, because, actions } = event.data
        this.#tell(time, `The recipe ${recipe} acted (${because}): ${actions.join('; ')}.`)
        break
      }
      case 'call.requeued':
        this.#tell(
          time,
          `Waits again, at place ${event.data.position}, and keeps its time of arrival (${event.data.cause}).`,
        )
        break
      case 'call.attributes_updated': {
        const { changed, origin } = event.data
        // The recipe has told already.
        if (origin.startsWith('recipe:')) break
        for (const words of this.#changes(changed)) this.#tell(time, `${origin} ${words}.`)
        break
      }
      case 'call.connected':
        this.#end(time, `Talks to ${this.#nameOf(event.data.agentId)} after ${seconds(event.data.waitMs)}.`)
        break
      case 'call.abandoned':
        this.#end(
          time,
          `The caller left after ${seconds(event.data.waitMs)}, ${event.data.stage}.`,
          event.data.meanwhile,
        )
        break
      case 'call.diverted':
        this.#end(
          time,
          `Sent to ${event.data.target} after ${seconds(event.data.waitMs)} (${whyWords(event.data)}).`,
          event.data.meanwhile,
        )
        break
      case 'call.rejected':
        this.#end(
          time,
          `Refused with ${event.data.sipCode} after ${seconds(event.data.waitMs)} (${whyWords(event.data)}).`,
          event.data.meanwhile,
        )
        break
      case 'call.ended':
        this.isOver = true
        break
    }
  }

  #offered(time: string, agentId: string, explanation: Explanation): void {
    if (this.#open === 0) this.#pause(time, explanation)
    this.#open += 1
    const who = this.#nameOf(agentId)
    this.#tell(time, `Offered to ${who}: ${explanation.reason}. ${surroundings(explanation, this.#nameOf)}`)
  }

  /** Whoever is free and may have a call that waits is rung at once, so a pause says that nobody was. */
  #pause(time: string, { step, notFree, meanwhile }: Pick<Explanation, 'step' | 'notFree' | 'meanwhile'>): void {
    const ms = Date.parse(time) - Date.parse(this.#pauseSince)
    if (ms <= pauseMs) return
    const busy = stateWords(notFree)
    const then = busy === '' ? '' : ` (then: ${busy})`
    const whom =
      step === 'preferred agents' ? 'None of the agents it holds out for' : 'No agent who suits it and may have it'
    this.#tell(
      this.#pauseSince,
      meanwhile === undefined
        ? `${whom} was free for ${seconds(ms)}${then}.`
        : `${whom} was left for it for ${seconds(ms)}${then}. Meanwhile ${meanwhileWords(meanwhile)}.`,
    )
  }

  #end(time: string, words: string, meanwhile?: Meanwhile): void {
    if (this.#open === 0 && !words.startsWith('Talks'))
      this.#pause(time, { step: null, notFree: {}, ...(meanwhile === undefined ? {} : { meanwhile }) })
    this.#tell(time, words)
    this.isOver = true
  }

  /** What somebody has said of the call that moves it. */
  #changes(changed: Attributes): readonly string[] {
    const told = new Map<string, (value: string) => string>([
      [priorityAttribute, value => `set its priority to ${value || 'what it was'}`],
      [requirementsAttribute, value => `made it ask for ${value || 'what it asked for at first'}`],
      [preferredAttribute, value => `made it prefer ${this.#agents(value)}`],
      [avoidedAttribute, value => `made it avoid ${this.#agents(value)}`],
    ])
    return [...told].flatMap(([key, words]) => {
      const value = changed[key]
      return value === undefined ? [] : [words(value)]
    })
  }

  #agents(text: string): string {
    const named = readAgents(text).map(({ agentId, score, until }) => {
      const lapses = until === undefined ? '' : ` until ${until}`
      return `${this.#nameOf(agentId)}${score === undefined ? '' : ` (score ${score})`}${lapses}`
    })
    return named.length === 0 ? 'nobody any more' : named.join(', ')
  }

  /** What is known of a moment only later stands where it belongs. */
  #tell(at: string, words: string): void {
    const place = this.moments.findLastIndex(moment => moment.at <= at) + 1
    this.moments.splice(place, 0, { at, afterMs: Math.max(0, Date.parse(at) - this.#enqueuedAtMs), words })
  }
}

/** Who else was thought of, and why not. */
function surroundings(explanation: Explanation, nameOf: NameOf): string {
  const { candidates, candidateCount, excluded, notFree, waiting, position, step, asks } = explanation
  const others = candidates.filter(({ chosen }) => !chosen).slice(0, mostNamed)
  const behind = others.map(({ agentId, reason }) => `${nameOf(agentId)} (${reason})`)
  const kept = excluded.slice(0, mostNamed).map(({ agentId, reason }) => `${nameOf(agentId)} (${reason})`)
  return [
    `${candidateCount} free ${candidateCount === 1 ? 'agent' : 'agents'} to choose from`,
    behind.length === 0 ? '' : `behind: ${behind.join(', ')}`,
    kept.length === 0 ? '' : `not: ${kept.join(', ')}`,
    stateWords(notFree) === '' ? '' : `not free: ${stateWords(notFree)}`,
    step === null ? '' : `asked for: ${stageWords(step, asks)}`,
    `place ${position} of ${waiting}.`,
  ]
    .filter(part => part !== '')
    .join('; ')
}

/** `ring 2: printers >= 5`; the name of a step says what it asks for. */
function stageWords(name: string, asks?: string): string {
  return asks === undefined ? name : `${name}: ${asks || 'anyone'}`
}

function stateWords(notFree: Explanation['notFree']): string {
  return Object.entries(notFree)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}

interface OfferEnded {
  readonly reason: string
  readonly sipCode: number | null
  readonly ringMs: number
}

function endWords(type: EndOfOffer, { reason, sipCode, ringMs }: OfferEnded, agent: string): string {
  const code = sipCode === null ? '' : ` (${sipCode})`
  switch (type) {
    case 'offer.accepted':
      return `${agent} answered after ${seconds(ringMs)}.`
    case 'offer.timed_out':
      return `${agent} did not answer within ${seconds(ringMs)}.`
    case 'offer.rejected':
      return `${agent} did not take it: ${reason}${code}.`
    case 'offer.canceled':
      return `${agent} was not rung any longer: ${reason}.`
    case 'offer.rescinded':
      return `${agent} was not needed any more: ${reason}.`
    case 'offer.failed':
      return `${agent} could not be reached: ${reason}${code}.`
  }
}

function whyWords({ reason, because }: { readonly reason: string; readonly because?: string }): string {
  return because === undefined ? reason : `${reason}: ${because}`
}

function rangeWords(ewt: WaitEstimate | undefined): string {
  if (ewt === undefined) return ''
  if (ewt.confidence === 0) return ', by the default handling time'
  return ewt.lowMs === ewt.highMs ? '' : ` (${seconds(ewt.lowMs)} to ${seconds(ewt.highMs)})`
}
