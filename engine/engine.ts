/** Wires the parts of an engine together, explicitly and in one place. */
import { createAgentCommands } from './agent-commands.ts'
import { createRoster } from './agents/roster.ts'
import type { Engine, EngineOptions } from './api.ts'
import type { SecurityEventType } from './b2bua/doorman.ts'
import { Gateway } from './b2bua/gateway.ts'
import { Phones } from './b2bua/phones.ts'
import { type Calendar, createCalendar } from './calendar.ts'
import { createCallQueries } from './call-queries.ts'
import { CallDesk } from './calls/call-desk.ts'
import { CallLog } from './calls/call-log.ts'
import type { LegSource } from './calls/call-services.ts'
import { ScreenPops } from './calls/screen-pops.ts'
import { mergeSecrets, noSecrets } from './center-secrets.ts'
import type { CenterConfig, CenterInput } from './config.ts'
import { parseCenter, withoutSecrets } from './config-check.ts'
import { settledWithin } from './deadline.ts'
import { EngineError } from './errors.ts'
import { EventBus } from './event-bus.ts'
import type { AnyEvent, EventData } from './events.ts'
import { guardedClock } from './guarded-clock.ts'
import { createHoursCommands } from './hours-commands.ts'
import { createIds } from './ids.ts'
import { Admissions, InboundRoutes } from './inbound-routes.ts'
import { createIntake } from './intake.ts'
import { Journal } from './journal.ts'
import { createJournalReader } from './journal-reader.ts'
import { createNodeClock } from './node/clock.ts'
import { createNodeHttp } from './node/http.ts'
import { createNodeLoadProbe } from './node/load-probe.ts'
import { silentLogger } from './node/logger.ts'
import { createWorkerMedia } from './node/media-port.ts'
import { createNodeNetwork } from './node/network.ts'
import { createNodeRandom } from './node/random.ts'
import { OutsideCalls, type OutsideEventType } from './outside-calls.ts'
import { noLoad } from './ports/load.ts'
import type { CenterSecrets } from './ports/store.ts'
import { createQueueQueries } from './queue-queries.ts'
import { QueueSnapshots, snapshotEvent } from './queue-snapshots.ts'
import { createDispatcher } from './queues/dispatcher.ts'
import { Estimates } from './queues/estimate.ts'
import { RoutingPlans } from './queues/routing-plan.ts'
import { createTotals } from './queues/totals.ts'
import { createReadings, type Phase } from './readings.ts'
import { takeOver } from './recovery.ts'
import { Retention } from './retention.ts'
import { promptName, refuseUnknownPrompts } from './routing/prompt-name.ts'
import { SessionLog } from './session-log.ts'
import { digestSecret, parseListenAddress, UserAgent } from './sip/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

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
 * @param legs brings calls beside those of SIP: a simulation's
 * @throws EngineError `config.invalid`
 */
export function createEngine(options: EngineOptions = {}, legs: LegSource | null = null): Engine {
  const random = options.random ?? createNodeRandom()
  const logger = options.logger ?? silentLogger
  // A fault in a timer is logged, and the process goes on; calls have a guard of their own that ends them.
  const clock = guardedClock(options.clock ?? createNodeClock(), err => logger.error({ err }, 'fault in a timer'))
  const network = options.network ?? createNodeNetwork()
  const tenant = options.tenant ?? 'default'
  const store = options.store ?? createMemoryStore({ tenant })
  const rtp = options.rtp ?? { minPort: 10_000, maxPort: 20_000 }
  const media = options.media ?? createWorkerMedia({ ...rtp, logger, promptsFolder: options.prompts?.folder ?? null })
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

  const ids = createIds(clock, random)
  const bus = new EventBus(logger)
  const journal = new Journal({
    clock,
    ids,
    logger,
    store,
    tenant,
    onPublish: event => bus.publish(event),
    isBusy: () => desk.active > 0,
  })
  const retention = new Retention({ clock, logger, store, settings: () => center.retention })
  const log = new CallLog({ clock, logger, store, journal, onWritten: () => retention.consider() })
  const sessions = new SessionLog({
    ids,
    tenant,
    save: record => log.saveSession(record),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const dayKey = (atMs: number) => calendar.dayKey(atMs)
  const totals = createTotals({ clock, dayKey })
  const estimates = new Estimates()
  const { hours, flows, lookups } = createIntake({
    clock,
    logger,
    ids,
    journal,
    http: options.http ?? createNodeHttp(),
    functions: options.lookups ?? {},
    allow: () => center.lookups.allow,
  })
  const routes = new InboundRoutes(hours, number => outside.routeOf(number))

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
    onFault: callId => desk.find(callId)?.fail(new Error('the machine of its agent has died')),
  })

  const dispatcher = createDispatcher({
    clock,
    random,
    roster,
    totals,
    estimates,
    onStepChanged: ({ callId }, change) => desk.find(callId)?.stepChanged(change),
    onAssign: assignment => desk.find(assignment.visit.callId)?.offer(assignment) ?? false,
  })

  const snapshots = new QueueSnapshots({
    clock,
    metricsOf: queueId => (queues.has(queueId) ? dispatcher.metrics(queueId) : null),
    publish: data => bus.publish(snapshotEvent(data, { ids, tenant, nowMs: clock.now() })),
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
    tls: options.sip?.tls ?? null,
    session: () => center.sip,
    handlers: {
      onRequest: incoming => gateway.receive(incoming),
      onFlowClosed: flow => phones.registrar.flowClosed(flow),
      get door() {
        return gateway.door
      },
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

  const outside = new OutsideCalls({ userAgent, logger, onEvent: tell })

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
      plans: new RoutingPlans(),
      pops,
      queue: queueId => queues.get(queueId) ?? null,
      agentExists: agentId => roster.has(agentId),
      deviceOf: (agentId, facts) => routes.deviceOf(phones.phoneOf(agentId), agentId, facts),
      routeOf: number => routes.routeOf(number),
      isOutside: facts => 'outside' in (routes.routeFor(facts) ?? {}),
      outsideRoute: number => outside.routeOf(number),
      outsideDevice: (goal, facts) => outside.deviceOf(goal, facts),
      outsidePass: number => outside.admit(number),
      flows,
      hoursOf: hoursId => hours.verdict(hoursId),
      promptName: (name, language) => promptName(name, language, media),
    },
    routeFor: facts => routes.routeFor(facts),
    blockOf: ani => routes.blockOf(ani),
    onIdle: () => wakeDrain?.(),
  })

  const admissions = new Admissions({
    routes,
    desk,
    userAgent,
    media,
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
    // Virtual time knows no load.
    load: options.load ?? (options.clock === undefined ? createNodeLoadProbe() : noLoad),
    activeCalls: () => desk.active,
    onSecurity(type, data) {
      logger.warn({ type, ...data }, 'the door is guarded')
      tell(type, data)
    },
    onCall: admission => admissions.admit(admission),
    onCanceled: (invite, reason) => admissions.canceled(invite, reason),
  })

  /** An event with a subject of its own: there is nothing that it has in common with another. */
  function tell<T extends SecurityEventType | OutsideEventType>(type: T, data: EventData<T>): void {
    const subject = `${type.slice(0, type.indexOf('.'))}/${ids.ulid()}`
    journal.emit(type, subject, data, null)
    journal.closeSubject(subject)
  }

  bus.onAny(event => {
    if ('queueId' in event.data && typeof event.data.queueId === 'string' && event.type !== 'queue.snapshot')
      snapshots.touch(event.data.queueId)
  })

  /** Puts a center into force in every part, receivers of work before those who bring it. */
  function install(next: CenterConfig, nextSecrets: CenterSecrets): void {
    center = withoutSecrets(next)
    secrets = nextSecrets
    calendar = createCalendar(center.timeZone)
    queues = new Map(center.queues.map(queue => [queue.id, queue]))
    hours.configure(center)
    flows.configure(center.flows)
    routes.configure(center)
    dispatcher.configure(center.queues)
    roster.configure(center.agents, center.queues)
    dispatcher.agentsConfigured()
    gateway.configure(center, secrets)
    outside.configure(center, secrets)
    phones.configure(center.agents)
    for (const queueId of queues.keys()) snapshots.touch(queueId)
  }

  async function applyCenter(input: CenterInput, from: { file?: string } = {}): Promise<void> {
    const next = parseCenter(input, from)
    if (phase === 'running' || phase === 'draining') refuseUnknownPrompts(next, media)
    const nextSecrets = mergeSecrets(next, secrets, digestSecret)
    await store.saveCenter({ center: withoutSecrets(next), secrets: nextSecrets })
    install(next, nextSecrets)
    retention.reconsider()
  }

  async function open(): Promise<void> {
    const head = await store.open()
    const stored = await store.loadCenter()
    if (stored !== null) secrets = stored.secrets
    // What an older version stored lacks the settings of this one.
    const first = given ?? parseCenter(stored?.center ?? {})
    const firstSecrets = mergeSecrets(first, secrets, digestSecret)
    if (given !== null) await store.saveCenter({ center: withoutSecrets(first), secrets: firstSecrets })
    await takeOver({
      store,
      head,
      journal,
      logger,
      tenant,
      now: () => clock.now(),
      save: record => log.save(record),
      saveSession: record => log.saveSession(record),
    })
    // What was just closed belongs to today's figures, which the store sums up next.
    await journal.flush()
    await log.flush()
    calendar = createCalendar(first.timeZone)
    const targets = Object.fromEntries(first.queues.map(queue => [queue.id, queue.serviceLevel.targetMs]))
    totals.restore(await store.queueTotals(new Date(calendar.startOfDay(clock.now())).toISOString(), targets))
    hours.restore(head.checkpoints)
    await media.start()
    if (given !== null) refuseUnknownPrompts(first, media)
    await userAgent.listen()
    install(first, firstSecrets)
    retention.consider()
    legs?.open((facts, makeBridge) => desk.admit(facts, makeBridge))
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
    const isRegistered = outside.registrations.some(({ registered }) => registered)
    outside.stop()
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
    if (userAgent.load.dialogs > 0 || isRegistered)
      await new Promise<void>(resolve => void clock.setTimeout(resolve, farewellMs))
    phase = 'stopped'
    await shutDown()
  }

  async function shutDown(): Promise<void> {
    outside.stop()
    phones.stop()
    dispatcher.stop()
    snapshots.stop()
    pops.stop()
    hours.stop()
    lookups.stop()
    retention.stop()
    roster.stop()
    gateway.door.stop()
    userAgent.close()
    await media.stop()
    // A store that hangs must not keep the process from ending.
    const flushed = await settledWithin(
      clock,
      storeFarewellMs,
      journal
        .flush()
        .then(() => log.flush())
        .then(() => journal.close()),
    )
    journal.stop()
    log.stop()
    if (!flushed) logger.error({ waiting: journal.backlog }, 'the store does not answer; what it has not taken is lost')
    await settledWithin(clock, storeFarewellMs, store.close())
  }

  const { health, counters } = createReadings({
    bus,
    desk,
    dispatcher,
    gateway,
    journal,
    media,
    outside,
    phones,
    userAgent,
    phase: () => phase,
    queueIds: () => queues.keys(),
  })

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
    acceptSipSocket: (socket, peer) => userAgent.acceptSocket(socket, peer),
    renewTls: identity => userAgent.renewTls(identity),
    health,
    counters,
    agents: createAgentCommands(roster),
    queues: createQueueQueries(() => queues, dispatcher),
    hours: createHoursCommands(hours),
    calls: createCallQueries(desk, store),
    screenpops: {
      open: () => pops.open(),
      find: popId => pops.find(popId),
      acknowledge: (popId, result, { actor = 'embedder' } = {}) => pops.acknowledge(popId, result, actor),
    },
    journal: createJournalReader(journal, store),
  }
}
