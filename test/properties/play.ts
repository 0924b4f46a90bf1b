/** Plays a plot: builds the world, lets everybody act in time, and watches. */
import { type CenterConfig, membershipsOf } from '../../engine/config.ts'
import { parseCenter } from '../../engine/config-check.ts'
import { EngineError } from '../../engine/errors.ts'
import type { Attributes } from '../../engine/events.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import type { VisitRecord } from '../../engine/records.ts'
import {
  createWorld,
  type PhoneCall,
  type VirtualPhone,
  type World,
  type WorldOptions,
} from '../../engine/simulation/index.ts'
import { Audit } from './audit.ts'
import { createCarrier } from './carrier.ts'
import { type Command, type Cut, eventfulMs, type Plot } from './plot.ts'
import { isFor } from './suitability.ts'
import { deviceIds } from './wide-plot.ts'

/** FEATURES §4, invariant 7: the dispatcher's retry interval, and room for the tick that it falls on. */
const matchIntervalMs = 300
/** What a command asks of the agents of a call; empty: nothing any more. */
const wishes = ['', 'x', 'y >= 5', 'not x', 'x or y']
/** Codes of commands that were refused. */
const refusals = /^(?:(?:agent|call|screenpop|queue|callback|device)\.(?:conflict|unknown)|outbound\.denied)$/
/** A BYE is repeated for 32 s; then its leg is gone. */
const legMs = 40_000
/** A phone that was cut off at the wrong moment believes in its call until its session timer ends it (RFC 4028 §10): 30 min. */
const restMs = 2_000_000

export class Play {
  readonly plot: Plot
  readonly world: World
  readonly audit: Audit
  /** The phone of everybody outside. */
  readonly carrier: VirtualPhone | null
  readonly callers: { readonly call: PhoneCall; readonly host: string }[] = []
  /** Hosts that were ever cut off: what their phones believe is their own affair. */
  readonly cutOff = new Set<string>()
  readonly #center: CenterConfig
  readonly #pending: Promise<unknown>[] = []
  #seen = 0
  #coexisting = new Map<string, number>()

  private constructor(plot: Plot, world: World, audit: Audit, carrier: VirtualPhone | null) {
    this.carrier = carrier
    this.plot = plot
    this.#center = parseCenter(plot.center)
    this.world = world
    this.audit = audit
    this.#arm()
  }

  static async begin(plot: Plot, options: Partial<Omit<WorldOptions, 'logger'>> = {}): Promise<Play> {
    const audit = new Audit()
    const world = await createWorld({
      seed: plot.seed,
      center: plot.center,
      conditions: { ...plot.conditions, delayMs: { min: 1, max: 30 } },
      logger: complaints(audit.faults),
      ...options,
    })
    const carrier = plot.carrier === undefined ? null : await createCarrier(world, plot.carrier)
    return new Play(plot, world, audit, carrier)
  }

  /** The eventful part, with a look around every match interval. */
  async run(ms = eventfulMs): Promise<void> {
    const untilMs = this.world.clock.now() + ms
    while (this.world.clock.now() < untilMs) {
      await this.world.run(matchIntervalMs)
      this.look()
    }
  }

  /** Lets the world come to rest: no call, no dialog, no transaction, no timer. */
  async rest(): Promise<void> {
    const { world, audit } = this
    const untilMs = world.clock.now() + restMs
    while (!this.#isAtRest()) {
      if (world.clock.now() >= untilMs) {
        audit.fault(`not at rest: ${world.clock.pending} timers, ${JSON.stringify(world.engine.counters())}`)
        break
      }
      await world.run(world.engine.counters().callsWaiting > 0 ? matchIntervalMs : 3_000)
      this.look()
    }
    await Promise.all(this.#pending)
    this.look()
  }

  /** The engine is about to die: what the phones in calls believe from now on is their own affair. */
  forgetPhones(): void {
    const { phones } = this.world
    for (const [agentId, { calls }] of phones) if (calls.length > 0) this.cutOff.add(this.world.hostOf(agentId))
    for (const { call, host } of this.callers) if (call.state !== 'ended') this.cutOff.add(host)
  }

  #isAtRest(): boolean {
    const { engine, clock } = this.world
    const { callsActive, sipDialogs, sipTransactions } = engine.counters()
    return callsActive + sipDialogs + sipTransactions + clock.pending === 0
  }

  /** Compares what is seen now with what must hold at any time. */
  look(): void {
    const { events } = this.world
    for (; this.#seen < events.length; this.#seen++) {
      const event = events[this.#seen]
      if (event !== undefined) this.audit.see(event)
    }
    if (this.world.engine.counters().callsWaiting > 0) this.#lookForIdleness()
    else this.#coexisting.clear()
    this.#lookForOpenLegs()
  }

  /** Invariant 7: nobody is free for a call that waits, unless since the last look. */
  #lookForIdleness(): void {
    const { engine } = this.world
    const coexisting = new Map<string, number>()
    const routable = engine.agents.list().filter(agent => agent.routable)
    for (const { visits, attributes } of routable.length === 0 ? [] : engine.calls.live()) {
      const visit = visits.at(-1)
      if (visit === undefined || visit.outcome !== null || visit.offers.some(({ outcome }) => outcome === null))
        continue
      if (visit.offers.at(-1)?.outcome === 'accepted') continue
      for (const { id, queues } of routable) {
        if (!queues.includes(visit.queueId) || !this.#suits(id, visit, attributes)) continue
        const pair = `${id} is free while ${visit.visitId} waits`
        const touched = (this.audit.touched.get(id) ?? 0) + (this.audit.touched.get(visit.visitId) ?? 0)
        if (this.#coexisting.get(pair) === touched) this.audit.fault(pair)
        coexisting.set(pair, touched)
      }
    }
    this.#coexisting = coexisting
  }

  /** By the plot and by what was told, not by the engine: no command changes skills, delays or what queues ask for. */
  #suits(agentId: string, visit: VisitRecord, attributes: Attributes): boolean {
    const { queueId, enqueuedAt } = visit
    const queue = this.#center.queues.find(({ id }) => id === queueId)
    const agent = this.#center.agents.find(({ id }) => id === agentId)
    // Who is called back has a place in line at other times than others.
    if (queue === undefined || agent === undefined || visit.callbackId !== undefined) return false
    const delayMs = membershipsOf(agent).find(({ id }) => id === queueId)?.delayMs ?? 0
    const waitedMs = this.world.clock.now() - Date.parse(enqueuedAt)
    return (
      waitedMs >= delayMs &&
      isFor(agent, visit, { queue, asked: this.audit.askedBy(visit.visitId), attributes, waitedMs })
    )
  }

  #lookForOpenLegs(): void {
    const now = this.world.clock.now()
    const ended = new Map<string, number>()
    // Phones that a killed engine has rung, or talked to, never hear of it again.
    for (const { caller, endedAt, cause } of this.audit.calls.values())
      if (endedAt !== null && cause !== 'restart') ended.set(caller, Math.max(endedAt, ended.get(caller) ?? 0))
    // A customer may be called back more than once.
    for (const { caller, endedAt } of this.audit.calls.values()) if (endedAt === null) ended.delete(caller)
    const check = (who: string, host: string, caller: string, state: string) => {
      const endedAt = ended.get(caller)
      if (endedAt !== undefined && state !== 'ended' && now - endedAt > legMs && !this.cutOff.has(host))
        this.audit.fault(`${who} still has a leg of the call of ${caller}, ${now - endedAt} ms after its end`)
    }
    for (const [agentId, phone] of this.world.phones)
      for (const call of phone.calls) check(agentId, this.world.hostOf(agentId), call.peer, call.state)
    this.callers.forEach(({ call, host }, index) => {
      check('the caller', host, `caller${index + 1}`, call.state)
    })
  }

  #arm(): void {
    const { plot, world } = this
    const at = (atMs: number, act: () => void) => world.clock.setTimeout(act, atMs)
    plot.reactions.forEach((reactions, index) => {
      const agentId = plot.center.agents?.[index]?.id
      let calls = 0
      if (agentId !== undefined)
        world.react(agentId, () => reactions[calls++ % reactions.length] ?? { kind: 'ignore', ringAfterMs: null })
    })
    for (const { atMs, number, plan } of plot.callers)
      at(atMs, () => {
        this.#pending.push(world.call(number, plan).then(placed => this.callers.push(placed)))
      })
    for (const command of plot.commands) at(command.atMs, () => this.#do(command))
    for (const cut of plot.cuts) at(cut.atMs, () => this.#cut(cut))
  }

  #cut({ who, pick, forMs }: Cut): void {
    const { world } = this
    const hosts =
      who === 'agent' ? [...world.phones.keys()].map(id => world.hostOf(id)) : this.callers.map(({ host }) => host)
    const host = hosts[pick % Math.max(1, hosts.length)]
    if (host === undefined) return
    this.cutOff.add(host)
    world.network.partition(host)
    if (forMs !== null) world.clock.setTimeout(() => world.network.heal(host), forMs)
  }

  #do(command: Command): void {
    try {
      this.#command(command)
    } catch (error) {
      // A refusal is an answer; anything else is a fault.
      const refused = error instanceof EngineError && refusals.test(error.code)
      if (!refused) this.audit.fault(`${command.kind}: ${String(error)}`)
    }
  }

  #command({ kind, pick }: Command): void {
    const { engine } = this.world
    const agentId = engine.agents.list()[pick % Math.max(1, engine.agents.list().length)]?.id
    const callId = engine.calls.live()[pick % Math.max(1, engine.calls.live().length)]?.callId
    const actor = 'user:sue'
    if (kind === 'applySame' || kind === 'applyOther') this.#apply(kind === 'applyOther' ? pick : null)
    if (kind === 'acknowledge') {
      const pop = engine.screenpops.open()[0]
      if (pop !== undefined) engine.screenpops.acknowledge(pop.popId, 'shown', { actor })
    }
    if (callId !== undefined) {
      if (kind === 'hangup') engine.calls.hangup(callId, { actor, reason: 'supervisor' })
      if (kind === 'setAttributes') engine.calls.setAttributes(callId, { mood: String(pick) }, { actor })
      if (kind === 'prioritise') engine.calls.setAttributes(callId, { priority: String(pick) }, { actor })
      if (kind === 'require') engine.calls.setAttributes(callId, { requirements: wishes[pick % wishes.length] ?? '' })
    }
    if (kind === 'explain') this.#explain(callId)
    if (kind === 'cancelCallback') {
      const [open] = engine.callbacks.list()
      if (open !== undefined) engine.callbacks.cancel(open.id, { actor })
    }
    const queueId = this.plot.center.queues?.[pick % (this.plot.center.queues.length || 1)]?.id ?? ''
    if (kind === 'callBack') this.#callBack(queueId, callId, pick)
    if (callId !== undefined && kind === 'toQueue') engine.calls.transfer(callId, { queue: queueId }, { actor })
    if (callId !== undefined && agentId !== undefined && kind === 'toAgent')
      engine.calls.transfer(callId, { agent: agentId }, { actor })
    if (agentId === undefined) return
    if (callId !== undefined && kind === 'prefer')
      engine.calls.setAttributes(callId, { preferredAgents: pick % 5 === 0 ? '' : `${agentId}:${(pick % 100) + 1}` })
    if (callId !== undefined && kind === 'avoid')
      engine.calls.setAttributes(callId, { avoidAgents: pick % 5 === 0 ? '' : agentId })
    if (kind === 'sitDown') engine.agents.setDevice(agentId, [null, ...deviceIds][pick % 3] ?? null, { actor })
    if (kind === 'available' || kind === 'notReady') engine.agents.setAvailability(agentId, kind, { actor })
    if (kind === 'signIn') engine.agents.signIn(agentId, { availability: 'available', actor })
    if (kind === 'signOut') engine.agents.signOut(agentId, { actor })
    if (kind === 'completeWrapUp') engine.agents.completeWrapUp(agentId, { actor })
    if (kind === 'noteWrapUp') engine.agents.noteWrapUp(agentId, { notes: String(pick), actor })
    if (kind === 'extendWrapUp') engine.agents.extendWrapUp(agentId, { byMs: pick * 50, actor })
    if (kind === 'joinQueue') engine.agents.setQueue(agentId, queueId, true, { actor })
    if (kind === 'leaveQueue') engine.agents.setQueue(agentId, queueId, false, { actor })
  }

  /** For a call, whose place is kept, or for somebody who has not called. */
  #callBack(queueId: string, callId: string | undefined, pick: number): void {
    const number = `+4420700000${String(pick % 5)}0`
    this.world.engine.callbacks.request(queueId, {
      ...{ number, actor: 'user:sue' },
      ...(callId === undefined || pick % 2 === 0 ? {} : { callId }),
    })
  }

  /** Every queue and a call can be explained at any moment, and nothing comes of it. */
  #explain(callId: string | undefined): void {
    const { engine } = this.world
    for (const { id, metrics } of engine.queues.list()) {
      const { summary, waiting } = engine.queues.explain(id)
      const most = metrics.waiting + metrics.callbacks
      if (summary === '' || waiting < metrics.waiting || waiting > most)
        this.audit.fault(`${id} is explained by "${summary}"`)
    }
    if (callId === undefined) return
    const explained = engine.calls.explain(callId).then(explanation => {
      if (explanation === null || explanation.summary === '') this.audit.fault(`${callId} is not explained`)
    })
    this.#pending.push(explained.catch(error => this.audit.fault(`explaining ${callId}: ${String(error)}`)))
  }

  /** The same center again, or one in which an agent is gone and the queues have changed hands and times. */
  #apply(variation: number | null): void {
    const { world, plot } = this
    const { agents = [], queues = [] } = plot.center
    const changed =
      variation === null
        ? plot.center
        : {
            ...plot.center,
            agents: agents.filter((_, index) => index !== variation % (agents.length + 1)),
            queues: queues.map(queue => ({ ...queue, wrapUpMs: variation * 20, maxWaitMs: 5_000 + variation * 100 })),
            // The agent behind a number may be the one that is gone; overflow rules may still send callers to it.
            numbers: (plot.center.numbers ?? []).map(number =>
              number.agent === undefined ? number : { match: number.match ?? '', queue: queues[0]?.id ?? '' },
            ),
          }
    this.#pending.push(
      world.engine
        .applyCenter(world.furnished(changed))
        .catch(error => this.audit.fault(`applying a center: ${String(error)}`)),
    )
  }
}

/** A logger that only listens to errors: none is expected, whatever the people do. */
export function complaints(faults: string[]): Logger {
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error(fields, message) {
      const { err } = fields as { err?: unknown }
      faults.push(`logged: ${message} ${err instanceof Error ? err.stack : JSON.stringify(fields)}`)
    },
    child: () => logger,
  }
  return logger
}
