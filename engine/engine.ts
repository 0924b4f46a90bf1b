/** Wires the parts of an engine together, explicitly and in one place. */
import { createRoster } from './agents/roster.ts'
import type { AgentView, Engine, EngineOptions, Health } from './api.ts'
import { Gateway } from './b2bua/gateway.ts'
import { Phones } from './b2bua/phones.ts'
import { type Calendar, createCalendar } from './calendar.ts'
import { CallDesk } from './calls/call-desk.ts'
import { CallLog } from './calls/call-log.ts'
import { explainCall } from './calls/explanation.ts'
import { ScreenPops } from './calls/screen-pops.ts'
import { mergeSecrets, noSecrets } from './center-secrets.ts'
import type { CenterConfig, CenterInput } from './config.ts'
import { parseCenter, withoutSecrets } from './config-check.ts'
import { settledWithin } from './deadline.ts'
import { EngineError } from './errors.ts'
import { EventBus } from './event-bus.ts'
import type { AnyEvent } from './events.ts'
import { createIds } from './ids.ts'
import { Admissions, InboundRoutes } from './inbound-routes.ts'
import { Journal } from './journal.ts'
import { createNodeClock } from './node/clock.ts'
import { silentLogger } from './node/logger.ts'
import { createWorkerMedia } from './node/media-port.ts'
import { createNodeNetwork } from './node/network.ts'
import { createNodeRandom } from './node/random.ts'
import type { CenterSecrets } from './ports/store.ts'
import { QueueSnapshots } from './queue-snapshots.ts'
import { createDispatcher } from './queues/dispatcher.ts'
import { Estimates } from './queues/estimate.ts'
import { createTotals } from './queues/totals.ts'
import type { AgentSessionRecord, CallRecord } from './records.ts'
import { closeDeadCalls, closeDeadSessions } from './recovery.ts'
import { SessionLog } from './session-log.ts'
import { digestSecret, parseListenAddress, UserAgent } from './sip/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

type Phase = 'new' | 'starting' | 'running' | 'draining' | 'stopped'

/** Retry-After of new calls while draining: another engine, or this one again, is there by then. */
const drainRetryAfterSec = 30
/** BYEs and their answers get this long before the sockets close. */
const farewellMs = 500
/** What the store has not taken by then is given up. */
const storeFarewellMs = 5_000

export const product = 'Strowger'

/**
 * Makes an engine. Nothing is opened before {@link Engine.start}.
 *
 * @example
 * const engine = createEngine({ center: { queues: [{ id: 'support' }], agents: [{ id: 'ada', password: 'secret', queues: ['support'] }] } })
 * engine.onInbound(call => call.enqueue('support'))
 * await engine.start()
 *
 * @throws EngineError `config.invalid`
 */
export function createEngine(options: EngineOptions = {}): Engine {
  const clock = options.clock ?? createNodeClock()
  const random = options.random ?? createNodeRandom()
  const logger = options.logger ?? silentLogger
  const network = options.network ?? createNodeNetwork()
  const tenant = options.tenant ?? 'default'
  const store = options.store ?? createMemoryStore({ tenant })
  const rtp = options.rtp ?? { minPort: 10_000, maxPort: 20_000 }
  const media = options.media ?? createWorkerMedia({ ...rtp, logger })
  const listen = options.sip?.listen ?? ['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060']
  const given = options.center === undefined ? null : parseCenter(options.center)

  let phase: Phase = 'new'
  let center: CenterConfig = given ?? parseCenter({})
  let secrets: CenterSecrets = noSecrets
  let calendar: Calendar = createCalendar(center.timeZone)
  let queues = new Map(center.queues.map(queue => [queue.id, queue]))
  let started: Promise<void> | null = null
  let stopped: Promise<void> | null = null
  let wakeDrain: (() => void) | null = null
  const offerCounts: Record<string, number> = {}

  const ids = createIds(clock, random)
  const bus = new EventBus(logger)
  const journal = new Journal({ clock, ids, logger, store, tenant, onPublish: event => bus.publish(event) })
  const log = new CallLog({ clock, logger, store, journal })
  const sessions = new SessionLog({
    ids,
    tenant,
    save: record => log.saveSession(record),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const dayKey = (atMs: number) => calendar.dayKey(atMs)
  const totals = createTotals({ clock, dayKey })
  const estimates = new Estimates()
  const routes = new InboundRoutes()

  const roster = createRoster({
    clock,
    logger,
    dayKey,
    emit(type, data) {
      const event = journal.emit(type, `agent/${data.agentId}`, data, 'callId' in data ? data.callId : null)
      sessions.see(event as unknown as AnyEvent)
      for (const queueId of roster.has(data.agentId) ? roster.queuesOf(data.agentId) : []) snapshots.touch(queueId)
    },
    onRoutable: agentId => dispatcher.agentRoutable(agentId),
    onNotRoutable: () => {},
    onWrapUpEnded: segment => desk.wrapUpEnded(segment),
  })

  const dispatcher = createDispatcher({
    clock,
    random,
    roster,
    totals,
    estimates,
    onAssign: assignment => desk.find(assignment.visit.callId)?.offer(assignment) ?? false,
  })

  const snapshots = new QueueSnapshots({
    clock,
    metricsOf: queueId => (queues.has(queueId) ? dispatcher.metrics(queueId) : null),
    publish: data => bus.publish(unjournaled('queue.snapshot', data)),
  })

  const pops = new ScreenPops({
    clock,
    ids,
    urlTemplate: () => center.screenpop.url,
    emit: (type, popId, data) => journal.emit(type, `screenpop/${popId}`, data, data.callId),
    onClosed: popId => journal.closeSubject(`screenpop/${popId}`),
  })

  const userAgent = new UserAgent({
    clock,
    random,
    ids,
    logger,
    network,
    product,
    listen: listen.map(parseListenAddress),
    advertise: options.sip?.advertise ?? [],
    handlers: {
      onRequest: incoming => gateway.receive(incoming),
      onFlowClosed: flow => phones.registrar.flowClosed(flow),
    },
  })

  const phones = new Phones({
    userAgent,
    clock,
    logger,
    onChange(agentId, reachable, devices) {
      if (roster.has(agentId)) roster.setReachable(agentId, reachable, devices)
    },
  })

  const desk = new CallDesk({
    log,
    services: {
      clock,
      ids,
      logger,
      tenant,
      journal,
      roster,
      dispatcher,
      totals,
      estimates,
      pops,
      queue: queueId => queues.get(queueId) ?? null,
      agentExists: agentId => roster.has(agentId),
      deviceOf: (agentId, facts) => routes.deviceOf(phones.phoneOf(agentId), agentId, facts),
      routeOf: number => routes.routeOf(number),
    },
    routeFor: facts => routes.routeFor(facts),
    onIdle: () => wakeDrain?.(),
  })

  const admissions = new Admissions({
    routes,
    desk,
    userAgent,
    media,
    clock,
    logger,
    ids,
    random,
    mediaSettings: () => center.media,
    countryCode: () => center.countryCode,
  })

  const gateway = new Gateway({
    userAgent,
    phones,
    logger,
    nonceKey: random.bytes(32),
    onCall: admission => admissions.admit(admission),
    onCanceled: (invite, reason) => admissions.canceled(invite, reason),
  })

  bus.onAny(event => {
    if (event.type.startsWith('offer.')) offerCounts[event.type] = (offerCounts[event.type] ?? 0) + 1
    if ('queueId' in event.data && typeof event.data.queueId === 'string' && event.type !== 'queue.snapshot')
      snapshots.touch(event.data.queueId)
  })

  function unjournaled<T extends 'queue.snapshot'>(type: T, data: AnyEvent['data']): AnyEvent {
    const time = new Date(clock.now()).toISOString()
    const queueId = 'queueId' in data ? data.queueId : ''
    return {
      specversion: '1.0',
      id: ids.ulid(),
      source: `/tenants/${tenant}`,
      type,
      subject: `queue/${queueId}`,
      time,
      datacontenttype: 'application/json',
      data,
    } as AnyEvent
  }

  /** Puts a center into force in every part, receivers of work before those who bring it. */
  function install(next: CenterConfig, nextSecrets: CenterSecrets): void {
    center = withoutSecrets(next)
    secrets = nextSecrets
    calendar = createCalendar(center.timeZone)
    queues = new Map(center.queues.map(queue => [queue.id, queue]))
    routes.configure(center)
    dispatcher.configure(center.queues)
    roster.configure(center.agents, center.queues)
    gateway.configure(center, secrets)
    phones.configure(center.agents)
    for (const queueId of queues.keys()) snapshots.touch(queueId)
  }

  async function applyCenter(input: CenterInput, from: { file?: string } = {}): Promise<void> {
    const next = parseCenter(input, from)
    const nextSecrets = mergeSecrets(next, secrets, digestSecret)
    await store.saveCenter({ center: withoutSecrets(next), secrets: nextSecrets })
    install(next, nextSecrets)
  }

  async function open(): Promise<void> {
    const head = await store.open()
    journal.resume(head.cursor, head.agentSequences)
    const stored = await store.loadCenter()
    if (stored !== null) secrets = stored.secrets
    const first = given ?? stored?.center ?? center
    const firstSecrets = mergeSecrets(first, secrets, digestSecret)
    if (given !== null) await store.saveCenter({ center: withoutSecrets(first), secrets: firstSecrets })
    const recovery = {
      store,
      head,
      journal,
      logger,
      tenant,
      now: () => clock.now(),
      save: (record: CallRecord) => log.save(record),
      saveSession: (record: AgentSessionRecord) => log.saveSession(record),
    }
    await closeDeadCalls(recovery)
    await closeDeadSessions(recovery)
    // What was just closed belongs to today's figures, which the store sums up next.
    await journal.flush()
    await log.flush()
    calendar = createCalendar(first.timeZone)
    const targets = Object.fromEntries(first.queues.map(queue => [queue.id, queue.serviceLevel.targetMs]))
    totals.restore(await store.queueTotals(new Date(calendar.startOfDay(clock.now())).toISOString(), targets))
    await media.start()
    await userAgent.listen()
    install(first, firstSecrets)
  }

  async function start(): Promise<void> {
    if (phase !== 'new') throw new EngineError('engine.state', 'An engine is started once')
    phase = 'starting'
    try {
      await open()
    } catch (error) {
      phase = 'stopped'
      await shutDown()
      throw error
    }
    phase = 'running'
  }

  async function stop({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
    if (phase === 'new') phase = 'stopped'
    if (phase === 'stopped') return
    phase = 'draining'
    gateway.closeForNewCalls(drainRetryAfterSec)
    if (drainMs > 0 && desk.active > 0)
      await new Promise<void>(resolve => {
        const timer = clock.setTimeout(resolve, drainMs)
        wakeDrain = () => {
          clock.clearTimeout(timer)
          resolve()
        }
      })
    wakeDrain = null
    desk.endAll('shutdown')
    // Ends wrap-ups too, and with them the last calls.
    for (const { id } of roster.views()) if (roster.has(id)) roster.signOut(id, { actor: 'system', reason: 'shutdown' })
    if (userAgent.load.dialogs > 0) await new Promise<void>(resolve => void clock.setTimeout(resolve, farewellMs))
    phase = 'stopped'
    await shutDown()
  }

  async function shutDown(): Promise<void> {
    phones.stop()
    dispatcher.stop()
    snapshots.stop()
    pops.stop()
    roster.stop()
    userAgent.close()
    await media.stop()
    // A store that hangs must not keep the process from ending.
    const flushed = await settledWithin(
      clock,
      storeFarewellMs,
      journal.flush().then(() => log.flush()),
    )
    journal.stop()
    log.stop()
    if (!flushed) logger.error({ waiting: journal.backlog }, 'the store does not answer; what it has not taken is lost')
    await settledWithin(clock, storeFarewellMs, store.close())
  }

  function health(): Health {
    const notes: string[] = []
    if (!journal.healthy) notes.push(`the store does not take events; ${journal.backlog} wait in memory`)
    if (journal.lost > 0) notes.push(`${journal.lost} events were lost while the store was dead`)
    const status =
      phase === 'draining' ? 'draining' : phase !== 'running' ? 'stopped' : notes.length > 0 ? 'degraded' : 'ok'
    return {
      status,
      sip: userAgent.listening.length > 0,
      store: phase !== 'new' && phase !== 'stopped' && journal.healthy,
      notes,
    }
  }

  const changed = (agentId: string): AgentView => roster.view(agentId)
  const knownCall = (callId: string) => {
    const call = desk.find(callId)
    if (call === null) throw new EngineError('call.unknown', `There is no call ${callId} in progress`)
    return call
  }
  const queueView = (queueId: string) => {
    const queue = queues.get(queueId)
    if (queue === undefined) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    const { id, name, strategy, serviceLevel } = queue
    return { id, name, strategy, targetMs: serviceLevel.targetMs, metrics: dispatcher.metrics(id) }
  }

  return {
    start() {
      started ??= start()
      return started
    },
    stop(how) {
      stopped ??= stop(how)
      return stopped
    },
    onInbound: handler => desk.onInbound(handler),
    on: (type, listener) => bus.on(type, listener),
    onAny: listener => bus.onAny(listener),
    applyCenter,
    center: () => withoutSecrets(center),
    listening: () => userAgent.listening,
    health,
    counters: () => ({
      callsArrived: desk.arrived,
      callsActive: desk.active,
      callsWaiting: [...queues.keys()].reduce((sum, queueId) => sum + dispatcher.waiting(queueId), 0),
      offers: { ...offerCounts },
      sipRequests: { ...userAgent.counters.requests },
      sipMessagesInvalid: userAgent.counters.invalid,
      journalCursor: journal.cursor,
      journalBacklog: journal.backlog,
      rtpSessions: media.openSessions,
      sipDialogs: userAgent.load.dialogs,
      sipTransactions: userAgent.load.transactions,
      registrations: phones.registrar.size,
    }),
    agents: {
      list: () => roster.views(),
      get: agentId => roster.view(agentId),
      signIn(agentId, { actor = 'embedder', availability } = {}) {
        roster.signIn(agentId, { actor, ...(availability === undefined ? {} : { availability }) })
        return changed(agentId)
      },
      signOut(agentId, { actor = 'embedder', reason } = {}) {
        roster.signOut(agentId, { actor, ...(reason === undefined ? {} : { reason }) })
        return changed(agentId)
      },
      setAvailability(agentId, availability, { actor = 'embedder', reason } = {}) {
        roster.setAvailability(agentId, availability, { actor, ...(reason === undefined ? {} : { reason }) })
        return changed(agentId)
      },
      completeWrapUp(agentId, { actor = `user:${agentId}`, ...words } = {}) {
        roster.completeWrapUp(agentId, actor === `user:${agentId}` ? 'agent' : 'supervisor', { actor, ...words })
        return changed(agentId)
      },
    },
    queues: { list: () => [...queues.keys()].map(queueView), get: queueView },
    calls: {
      live: () => desk.live(),
      get: async callId => desk.record(callId) ?? (await store.getCall(callId)),
      async ended(query) {
        const { limit, before, queueId, agentId } = query
        const recent = desk
          .justEnded()
          .filter(record => before === undefined || record.callId < before)
          .filter(record => queueId === undefined || record.visits.some(visit => visit.queueId === queueId))
          .filter(record => agentId === undefined || record.segments.some(segment => segment.agentId === agentId))
        const known = new Set(recent.map(({ callId }) => callId))
        const stored = await store.listCalls(query)
        return [...recent, ...stored.filter(({ callId }) => !known.has(callId))]
          .sort((a, b) => (a.callId < b.callId ? 1 : -1))
          .slice(0, limit)
      },
      async explain(callId) {
        const record = desk.record(callId) ?? (await store.getCall(callId))
        if (record === null) return null
        const call = desk.find(callId)
        return explainCall(record, { visitId: call?.visitId ?? null, because: call?.waitingBecause() ?? null })
      },
      hangup(callId, { actor = 'embedder', reason = 'hangup' } = {}) {
        knownCall(callId).hangup(actor === 'embedder' ? 'system' : 'supervisor', reason)
      },
      setAttributes(callId, attributes, { actor = 'embedder' } = {}) {
        knownCall(callId).setAttributes(attributes, actor)
      },
    },
    screenpops: {
      open: () => pops.open(),
      acknowledge: (popId, result, { actor = 'embedder' } = {}) => pops.acknowledge(popId, result, actor),
    },
    journal: {
      cursor: () => journal.cursor,
      async read(after, limit, callId) {
        const events = await store.readEvents({ after, limit, ...(callId === undefined ? {} : { callId }) })
        if (events.length >= limit) return events
        // What the store has not taken yet is told all the same, so that nobody misses it for a slow database.
        const last = Number(events.at(-1)?.cursor ?? after)
        const waiting = journal
          .unwritten()
          .filter(event => Number(event.cursor) > last && (callId === undefined || event.correlationid === callId))
        return [...events, ...waiting].slice(0, limit)
      },
      oldestCursor: () => store.oldestCursor(),
    },
  }
}
