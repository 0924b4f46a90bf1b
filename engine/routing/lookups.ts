/**
 * Asks somebody else about a caller: a web address, or a function of the embedder. Nobody waits longer than the deadline;
 * an answer that comes later, but not too late, is told as late.
 */
import type { LookupAnswer, LookupFunction } from '../api.ts'
import type { LookupConfig } from '../config-intake.ts'
import type { ScreenPop } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpPort } from '../ports/http.ts'
import type { Logger } from '../ports/logger.ts'
import { avoidedAttribute, preferredAttribute, readableAgents } from '../skills/named-agents.ts'
import type { FlowFacts } from './flow-types.ts'
import { OpenLookup } from './open-lookup.ts'
import { fillTemplate } from './template.ts'

export interface LookupsOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly http: HttpPort
  readonly functions: Readonly<Record<string, LookupFunction>>
  /** Private addresses that may be asked. */
  allow(): readonly string[]
}

/** Without a deadline (0) every answer is a late one, and `onDeadline` is not called. */
export type LookupAsked = Omit<LookupConfig, 'otherwise'>

/** `leftOut`: what could not be read of the agents that it names; absent: nothing. */
export interface LookupFound extends LookupAnswer {
  readonly leftOut?: readonly string[]
}

/** One of them is called first, not before {@link Lookups.start} has returned; after `onDeadline` one more may follow. */
export interface LookupHandlers {
  onAnswer(answer: LookupFound, isLate: boolean): void
  onFailure(reason: string, isLate: boolean): void
  onDeadline(): void
}

/** Addresses asked at once, by all calls: one that doesn't answer is waited for through `lateMs`, and calls go on arriving. */
export const mostAtOnce = 300
const maxBytes = 64_000
const mostAttributes = 50
const mostMatches = 20
const longestValue = 1000
const attributeName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/

export class Lookups {
  readonly #options: LookupsOptions
  readonly #open = new Set<OpenLookup>()
  /** Addresses that are being asked. */
  #asking = 0

  constructor(options: LookupsOptions) {
    this.#options = options
  }

  start(config: LookupAsked, facts: FlowFacts, handlers: LookupHandlers): void {
    const { clock, logger } = this.#options
    const { callId } = facts
    const lookup = new OpenLookup(
      clock,
      config,
      handlers,
      it => this.#open.delete(it),
      () => logger.warn({ function: config.function ?? null, callId }, 'a lookup got no answer at all'),
    )
    this.#open.add(lookup)
    this.#ask(config, facts)
      .then(
        answer => lookup.answered(answer),
        error => {
          logger.warn({ err: error, callId }, 'a lookup has failed')
          lookup.failed(error instanceof Error ? error.message : String(error))
        },
      )
      // Whoever asked sees to his own faults: this is the last resort, for a rejection that nobody handles ends the process.
      .catch(error => logger.error({ err: error, callId }, 'the answer of a lookup has led to a fault'))
  }

  /** Nobody is left waiting. */
  stop(): void {
    for (const lookup of [...this.#open]) lookup.failed('the engine has stopped')
  }

  async #ask(config: LookupAsked, facts: FlowFacts): Promise<LookupFound> {
    const { functions } = this.#options
    if (config.function !== undefined) {
      const lookup = Object.hasOwn(functions, config.function) ? functions[config.function] : undefined
      if (lookup === undefined) throw new Error(`there is no function ${config.function}`)
      return checked(await lookup(facts))
    }
    if (this.#asking >= mostAtOnce) throw new Error('too many lookups at once')
    this.#asking += 1
    try {
      return await this.#get(config, facts)
    } finally {
      this.#asking -= 1
    }
  }

  async #get(config: LookupAsked, facts: FlowFacts): Promise<LookupFound> {
    const { http, allow } = this.#options
    const { status, body } = await http.get({
      url: fillTemplate(config.url ?? '', facts, encodeURIComponent),
      headers: config.headers,
      timeoutMs: config.deadlineMs + config.lateMs,
      maxBytes,
      allow: allow(),
    })
    if (status === 404 || status === 204) return {}
    if (status < 200 || status > 299) throw new Error(`the answer is ${status}`)
    return checked(parsed(body))
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Error('the answer is no JSON')
  }
}

/** What others say, in our shape: an object with `attributes`, `matches` and agents, or one that is all attributes. */
function checked(given: unknown): LookupFound {
  if (given === null || given === undefined) return {}
  if (typeof given !== 'object' || Array.isArray(given)) throw new Error('the answer is no object')
  const { attributes, matches, preferredAgents, avoidAgents, ...rest } = given as Record<string, unknown>
  const isPlain = attributes === undefined && matches === undefined
  const taken = attributesOf(isPlain ? rest : attributes)
  const leftOut = [
    ...nameAgents(taken, preferredAttribute, preferredAgents),
    ...nameAgents(taken, avoidedAttribute, avoidAgents),
  ]
  return { attributes: taken, matches: matchesOf(matches), ...(leftOut.length === 0 ? {} : { leftOut }) }
}

/** Agents are read on their own: one who can't be costs nothing else of the answer, and no wish that held before. */
function nameAgents(attributes: Record<string, string>, name: string, given: unknown): readonly string[] {
  const named = given ?? attributes[name]
  if (named === undefined) return []
  const { text, leftOut } = readableAgents(named)
  if (text === null) delete attributes[name]
  else attributes[name] = text
  return leftOut.map(words => `${name} ${words}`)
}

function attributesOf(given: unknown): Record<string, string> {
  if (given === null || typeof given !== 'object') return {}
  const taken: Record<string, string> = {}
  for (const [name, value] of Object.entries(given).slice(0, mostAttributes)) {
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (isScalar && attributeName.test(name)) taken[name] = String(value).slice(0, longestValue)
  }
  return taken
}

function matchesOf(given: unknown): ScreenPop['matches'] {
  if (!Array.isArray(given)) return []
  return given.slice(0, mostMatches).flatMap(match => {
    if (match === null || typeof match !== 'object') return []
    const { recordId, system, objectType, label, url, confidence } = match as Record<string, unknown>
    if (typeof recordId !== 'string' && typeof recordId !== 'number') return []
    return [
      {
        system: textOf(system, 'crm'),
        objectType: textOf(objectType, 'contact'),
        recordId: String(recordId).slice(0, longestValue),
        label: textOf(label, String(recordId)),
        url: typeof url === 'string' && /^https?:\/\//.test(url) ? url.slice(0, longestValue) : null,
        confidence: typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : 1,
      },
    ]
  })
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, longestValue) : otherwise
}
