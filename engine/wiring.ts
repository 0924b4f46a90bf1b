/** Wires the parts of an engine together, explicitly and in one place. */
import { Admissions } from './admissions.ts'
import { createRoster } from './agents/roster.ts'
import { createBridgeMaker } from './b2bua/bridge-maker.ts'
import type { SecurityEventType } from './b2bua/doorman.ts'
import { Gateway } from './b2bua/gateway.ts'
import { Phones } from './b2bua/phones.ts'
import { createCallbackRoom } from './callbacks/callback-room.ts'
import { CallDesk } from './calls/call-desk.ts'
import { CallLog } from './calls/call-log.ts'
import { ScreenPops } from './calls/screen-pops.ts'
import type { CurrentCenter } from './current-center.ts'
import { DayLog } from './day-log.ts'
import type { EnginePorts } from './engine-ports.ts'
import { EventBus } from './event-bus.ts'
import type { AnyEvent, EventData } from './events.ts'
import { createIds } from './ids.ts'
import { InboundRoutes } from './inbound-routes.ts'
import { createIntake } from './intake.ts'
import { Journal } from './journal.ts'
import { LazyCheckpoints } from './lazy-checkpoints.ts'
import { MembershipLog } from './membership-log.ts'
import { OutsideCalls, type OutsideEventType } from './outside-calls.ts'
import { createHotDesks } from './phones/hot-desks.ts'
import { QueueSnapshots, snapshotEvent } from './queue-snapshots.ts'
import { createDispatcher } from './queues/dispatcher.ts'
import { Estimates } from './queues/estimate.ts'
import { RecipeBoard } from './queues/recipe-board.ts'
import { RoutingPlans } from './queues/routing-plan.ts'
import { createTotals } from './queues/totals.ts'
import { createReadings, type Phase } from './readings.ts'
import { Redirects } from './redirects.ts'
import { Retention } from './retention.ts'
import { createAni, createInternalAni } from './routing/caller.ts'
import { promptName } from './routing/prompt-name.ts'
import { SessionLog } from './session-log.ts'
import { parseListenAddress, UserAgent } from './sip/index.ts'
import { createVoicemailRoom } from './voicemail/voicemail-room.ts'

export const product = 'Strowger'

/** What the parts ask of the life that they lead. */
export interface EngineState {
  phase(): Phase
  /** The last call has ended. */
  onIdle(): void
}

export type EngineParts = ReturnType<typeof wire>

/** Makes every part. Nothing is opened, and nothing is configured. */
export function wire(ports: EnginePorts, current: CurrentCenter, state: EngineState) {
  const {
    random,
    logger,
    clock,
    network,
    tenant,
    store,
    media,
    recordings,
    http,
    load,
    passwords,
    lookupFunctions,
    inboundDeadlineMs,
    sip,
  } = ports

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
  const voicemail = createVoicemailRoom({ clock, ids, logger, store, journal, tenant, media, recordings })
  const forgetVoicemail = (beforeMs: number) => voicemail.book.forget(beforeMs)
  const retention = new Retention({ clock, logger, store, forgetVoicemail, settings: () => current.center.retention })
  const log = new CallLog({ clock, logger, store, journal, onWritten: () => retention.consider() })
  const sessions = new SessionLog({
    ids,
    tenant,
    save: record => log.saveSession(record),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const memberships = new MembershipLog(checkpoint => journal.checkpoint(checkpoint))
  const dayKey = (atMs: number) => current.calendar.dayKey(atMs)
  const totals = createTotals({ clock, dayKey })
  const days = new DayLog({
    clock,
    dayOf: agentId => (roster.has(agentId) ? roster.dayOf(agentId) : null),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const handleTimes = new LazyCheckpoints({
    clock,
    kind: 'handleTimes',
    stateOf: queueId => estimates.timesOf(queueId),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const estimates = new Estimates(queueId => handleTimes.touch(queueId))
  const plans = new RoutingPlans()
  const { hours, flows, lookups, lookUp } = createIntake({
    clock,
    logger,
    ids,
    journal,
    http: http,
    functions: lookupFunctions,
    allow: () => current.center.lookups.allow,
  })
  const routes = new InboundRoutes(hours, ids, number => outside.routeOf(number))

  const roster = createRoster({
    clock,
    logger,
    dayKey,
    policy: () => current.center.agentPolicy,
    said: (agentId, queueId) => memberships.said(agentId, queueId),
    emit(type, data) {
      const told = journal.emit(type, `agent/${data.agentId}`, data, 'callId' in data ? data.callId : null)
      const event = told as unknown as AnyEvent
      sessions.see(event)
      memberships.see(event)
      if (event.type === 'agent.session_changed') hotDesks.sessionChanged(event.data)
      for (const queueId of roster.has(data.agentId) ? roster.queuesOf(data.agentId) : []) touch(queueId)
    },
    day: agentId => days.take(agentId),
    onCounted: agentId => days.touch(agentId),
    onPresence: agentId => hotDesks.presence.changed(agentId),
    onRoutable: agentId => dispatcher.agentRoutable(agentId),
    onAbsent: (agentId, queueIds) => dispatcher.agentAbsent(agentId, queueIds),
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
    onTurn: visit => callbacks.book.turn(visit),
    onAssign: assignment =>
      assignment.visit.callback === undefined
        ? (desk.find(assignment.visit.callId)?.offer(assignment) ?? false)
        : callbacks.book.offer(assignment),
  })

  const snapshots = new QueueSnapshots({
    clock,
    metricsOf: queueId => (current.queues.has(queueId) ? dispatcher.metrics(queueId) : null),
    publish: data => bus.publish(snapshotEvent(data, { ids, tenant, nowMs: clock.now() })),
  })

  const recipes = new RecipeBoard({
    clock,
    roster,
    line: dispatcher,
    hoursOf: hoursId => hours.verdictIf(hoursId),
  })

  /** Something about a queue has changed that is shown, or that its rules look at. */
  function touch(queueId: string): void {
    snapshots.touch(queueId)
    recipes.touch(queueId)
  }

  const pops = new ScreenPops({
    clock,
    ids,
    urlTemplate: () => current.center.screenpop.url,
    emit: (type, popId, data) => journal.emit(type, `screenpop/${popId}`, data, data.callId),
    onClosed: popId => journal.closeSubject(`screenpop/${popId}`),
    onFault: error => logger.error({ err: error }, 'a screen pop could not be cleared away'),
  })

  const userAgent = new UserAgent({
    clock,
    random,
    ids,
    logger,
    network,
    product,
    listen: sip.listen.map(parseListenAddress),
    advertise: sip.advertise,
    tls: sip.tls,
    session: () => current.center.sip,
    handlers: {
      onRequest: incoming => gateway.receive(incoming),
      challenge: incoming => gateway.challenge(incoming),
      onFlowClosed(flow) {
        phones.registrar.flowClosed(flow)
        outside.flowClosed(flow)
      },
      get door() {
        return gateway.door
      },
    },
  })

  const phones = new Phones({
    userAgent,
    clock,
    logger,
    onChange: (account, _reachable, contacts) => hotDesks.phones.accountChanged(account, contacts),
  })

  const hotDesks = createHotDesks({
    clock,
    logger,
    roster,
    phones,
    passwords,
    center: () => current.center,
    pinHash: agentId => current.secrets.pins[agentId] ?? null,
    onLocked: data => tell('security.pin_locked', data),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })

  const outside = new OutsideCalls({
    userAgent,
    logger,
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
    onEvent: tell,
  })

  const redirects = new Redirects({
    routes,
    phones: hotDesks.phones,
    outside,
    logger,
    ids,
    policy: () => current.center.sip.redirects,
  })

  const desk = new CallDesk({
    clock,
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
      plans,
      recipes,
      pops,
      queue: queueId => current.queues.get(queueId) ?? null,
      agentPolicy: () => current.center.agentPolicy,
      agentExists: agentId => roster.has(agentId),
      deviceOf: (agentId, facts) =>
        redirects.equip(routes.deviceOf(hotDesks.phones.phonesOf(agentId), agentId, facts), agentId, facts),
      serveCode: call => hotDesks.desk.serve(call),
      routeOf: number => routes.routeOf(number),
      routeFrom: (fromAgentId, dnis) => routes.routeFor({ fromAgentId, dnis }),
      isOutside: facts => 'outside' in (routes.routeFor(facts) ?? {}),
      outsideRoute: number => outside.routeOf(number),
      outsideDevice: (goal, facts, sipCallId) => outside.deviceOf(goal, facts, sipCallId),
      outsidePass: number => outside.admit(number),
      aniOf: number => createAni(number, '', false, current.center.countryCode),
      aniOfAgent: agentId => createInternalAni(agentId, routes.nameOf(agentId)),
      callbacks: {
        number: (queueId, raw) => callbacks.book.number(queueId, raw),
        hasRoom: queueId => callbacks.book.hasRoom(queueId),
        canTake: (queueId, number) => callbacks.book.canTake(queueId, number),
        request: wish => callbacks.book.request(wish),
      },
      flows,
      lookUp,
      hoursOf: hoursId => hours.verdict(hoursId),
      voicemail: voicemail.book,
      promptName: (name, language) => promptName(name, language, media),
    },
    inboundDeadlineMs,
    routeFor: facts => routes.routeFor(facts),
    blockOf: ani => routes.blockOf(ani),
    onIdle: () => state.onIdle(),
  })

  const bridges = createBridgeMaker({
    userAgent,
    media,
    logger,
    mediaSettings: () => current.center.media,
  })

  const callbacks = createCallbackRoom({
    clock,
    ids,
    logger,
    journal,
    plans,
    dispatcher,
    bridges,
    desk: () => desk,
    queue: queueId => current.queues.get(queueId) ?? null,
    hours,
    outsideRoute: number => outside.routeOf(number),
    outsidePass: number => outside.admit(number),
    outsideDevice: (goal, facts, sipCallId) => outside.deviceOf(goal, facts, sipCallId),
    isOurs: number => routes.isOurs(number),
    isBlocked: ani => routes.blockOf(ani) !== null,
    countryCode: () => current.center.countryCode,
    promptName: (name, language) => promptName(name, language, media),
  })

  const admissions = new Admissions({
    routes,
    desk,
    bridges,
    ids,
    agentPhones: hotDesks.phones,
    phoneCodes: () => current.center.agentPolicy.phoneCodes,
    countryCode: () => current.center.countryCode,
  })

  const gateway = new Gateway({
    userAgent,
    phones,
    logger,
    nonceKey: random.bytes(32),
    load,
    activeCalls: () => desk.active,
    onSecurity(type, data) {
      logger.warn({ type, ...data }, 'the door is guarded')
      tell(type, data)
    },
    takeovers: admissions,
    onCall: admission => admissions.admit(admission),
  })

  /** An event with a subject of its own: there is nothing that it has in common with another. */
  function tell<T extends SecurityEventType | OutsideEventType>(type: T, data: EventData<T>): void {
    const subject = `${type.slice(0, type.indexOf('.'))}/${ids.ulid()}`
    journal.emit(type, subject, data, null)
    journal.closeSubject(subject)
  }

  bus.onAny(event => {
    if ('queueId' in event.data && typeof event.data.queueId === 'string' && event.type !== 'queue.snapshot')
      touch(event.data.queueId)
  })

  const readings = createReadings({
    bus,
    desk,
    dispatcher,
    gateway,
    journal,
    media,
    outside,
    phones,
    userAgent,
    phase: () => state.phase(),
    queueIds: () => current.queues.keys(),
  })

  return {
    bus,
    journal,
    voicemail,
    retention,
    log,
    totals,
    hours,
    flows,
    lookups,
    routes,
    memberships,
    days,
    estimates,
    handleTimes,
    roster,
    dispatcher,
    snapshots,
    recipes,
    touch,
    pops,
    userAgent,
    phones,
    hotDesks,
    outside,
    desk,
    callbacks,
    gateway,
    readings,
  }
}
