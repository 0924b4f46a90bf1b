/**
 * Follows the event stream of an engine and writes down whatever contradicts FEATURES §4: the model of what may follow
 * what. It believes nothing but the events; the live views are compared with it at the end.
 */
import { Compile, type Validator } from 'typebox/compile'
import {
  type AnyEvent,
  type CallWishes,
  type EventType,
  eventSchemas,
  eventTypes,
  type VisitOutcome,
} from '../../engine/events.ts'
import { CallAudit } from './call-audit.ts'
import { CallbackAudit } from './callback-audit.ts'

export interface QueueSums {
  offered: number
  answered: number
  abandoned: number
  flowOut: number
  rejected: number
}

export interface AuditedAgent {
  session: 'offline' | 'online'
  label: string
  /** The offer or conversation that has the agent's one slot; null: none. */
  holder: string | null
  wrapping: string | null
}

const validators: ReadonlyMap<EventType, Validator> = new Map(
  eventTypes.map(type => [type, Compile(eventSchemas[type]) as unknown as Validator]),
)

/** Reasons of `call.rejected` that count as flow-out; every other one is a rejection. */
const flowOutReasons: ReadonlySet<string> = new Set(['overflow', 'maxWait', 'recipe'])

export class Audit {
  /** What went wrong, in words. */
  readonly faults: string[] = []
  readonly calls = new Map<string, CallAudit>()
  readonly agents = new Map<string, AuditedAgent>()
  readonly sums = new Map<string, QueueSums>()
  /** Events by the call that they belong to, in order. */
  readonly eventsOf = new Map<string, AnyEvent[]>()
  /** How many events have concerned an agent or a visit. */
  readonly touched = new Map<string, number>()
  readonly callbacks = new CallbackAudit(what => this.fault(what))
  readonly #asked = new Map<string, CallWishes>()
  readonly #sequences = new Map<string, number>()
  readonly #ids = new Set<string>()
  #cursor = 0
  #time = ''

  see(event: AnyEvent): void {
    this.#shape(event)
    if (event.type === 'queue.snapshot') return
    this.#order(event)
    const { correlationid } = event
    if (correlationid !== undefined) {
      const events = this.eventsOf.get(correlationid) ?? []
      events.push(event)
      this.eventsOf.set(correlationid, events)
    }
    this.#touch(event)
    if (event.type.startsWith('agent.')) this.#seeAgent(event)
    else if (event.type.startsWith('callback.')) this.callbacks.see(event)
    else if (event.type !== 'journal.skipped') this.#seeCall(event)
  }

  /** After the clock has run until everything is quiet: nothing may be left open. */
  finish(): void {
    for (const call of this.calls.values()) call.finish()
    this.callbacks.finish()
    for (const [agentId, { holder, wrapping }] of this.agents) {
      if (holder !== null) this.fault(`${agentId} is still held by ${holder}`)
      if (wrapping !== null) this.fault(`${agentId} still wraps up ${wrapping}`)
    }
    for (const [queueId, sums] of this.sums) {
      const outcomes = sums.answered + sums.abandoned + sums.flowOut + sums.rejected
      if (sums.offered !== outcomes) this.fault(`${queueId}: ${sums.offered} offered, ${outcomes} ended`)
    }
  }

  fault(what: string): void {
    this.faults.push(what)
  }

  agent(agentId: string): AuditedAgent {
    let agent = this.agents.get(agentId)
    if (agent === undefined) {
      agent = { session: 'offline', label: 'offline', holder: null, wrapping: null }
      this.agents.set(agentId, agent)
    }
    return agent
  }

  /** What a visit's call asks for itself. */
  asks(visitId: string, wishes: CallWishes): void {
    this.#asked.set(visitId, wishes)
  }

  askedBy(visitId: string): CallWishes {
    return this.#asked.get(visitId) ?? {}
  }

  offered(queueId: string): void {
    this.#sum(queueId).offered += 1
  }

  visitEnded(queueId: string, outcome: VisitOutcome, reason: string): void {
    const sums = this.#sum(queueId)
    if (outcome === 'answered' || outcome === 'abandoned' || outcome === 'flowOut') sums[outcome] += 1
    else if (flowOutReasons.has(reason)) sums.flowOut += 1
    else sums.rejected += 1
  }

  /** After a restart the new process counts anew what was not ended by it. */
  #sum(queueId: string): QueueSums {
    let sums = this.sums.get(queueId)
    if (sums === undefined) {
      sums = { offered: 0, answered: 0, abandoned: 0, flowOut: 0, rejected: 0 }
      this.sums.set(queueId, sums)
    }
    return sums
  }

  #shape(event: AnyEvent): void {
    const validator = validators.get(event.type)
    if (validator === undefined) this.fault(`${event.type} is not in the catalogue`)
    else if (!validator.Check(event.data))
      this.fault(`${event.type} does not fit its schema: ${JSON.stringify(validator.Errors(event.data)[0])}`)
  }

  #order({ id, type, subject, sequence, cursor, time, data }: AnyEvent): void {
    if (type === 'journal.skipped' && Number(data.first) === this.#cursor + 1) this.#cursor = Number(data.last)
    if (Number(cursor) !== this.#cursor + 1) this.fault(`${type} has cursor ${cursor} after ${this.#cursor}`)
    this.#cursor = Number(cursor)
    const before = this.#sequences.get(subject) ?? 0
    if (Number(sequence) !== before + 1) this.fault(`${type} of ${subject} has sequence ${sequence} after ${before}`)
    this.#sequences.set(subject, Number(sequence))
    if (this.#ids.has(id)) this.fault(`${type} has the id of another event`)
    this.#ids.add(id)
    if (time < this.#time) this.fault(`${type} is of ${time}, before ${this.#time}`)
    this.#time = time
  }

  #touch({ data }: AnyEvent): void {
    const about = data as { agentId?: unknown; visitId?: unknown }
    for (const key of [about.agentId, about.visitId])
      if (typeof key === 'string') this.touched.set(key, (this.touched.get(key) ?? 0) + 1)
  }

  #seeAgent(event: AnyEvent): void {
    if (event.type === 'agent.session_changed') {
      const agent = this.agent(event.data.agentId)
      if (agent.session !== event.data.from)
        this.fault(`${event.data.agentId}: session changed from ${event.data.from}, but was ${agent.session}`)
      agent.session = event.data.to
    }
    if (event.type === 'agent.state_changed') {
      const agent = this.agent(event.data.agentId)
      if (agent.label !== event.data.from)
        this.fault(`${event.data.agentId}: state changed from ${event.data.from}, but was ${agent.label}`)
      agent.label = event.data.to
    }
  }

  #seeCall(event: AnyEvent): void {
    const { callId } = event.data as { callId: string }
    if (event.type === 'call.arrived') {
      if (this.calls.has(callId)) this.fault(`${callId} arrived twice`)
      this.calls.set(callId, new CallAudit(this, event.data))
      return
    }
    const call = this.calls.get(callId)
    if (call === undefined) this.fault(`${event.type} of ${callId}, which never arrived`)
    else call.see(event)
  }
}
