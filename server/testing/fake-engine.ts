/** An engine without telephones: the public interface over plain maps, for tests of the server. */
import type { AgentView, Engine, EngineCounters, Health, HoursView, QueueView } from '../../engine/api.ts'
import { type CenterConfig, type CenterInput, membershipsOf } from '../../engine/config.ts'
import { parseCenter, withoutSecrets } from '../../engine/config-check.ts'
import { EngineError } from '../../engine/errors.ts'
import type { AnyEvent, EventData, EventEnvelope, EventType, QueueMetrics, ScreenPop } from '../../engine/events.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import type { CallRecord } from '../../engine/records.ts'
import { createFakeCallbacks } from './fake-callbacks.ts'
import { createFakeVoicemail, type FakeVoicemail } from './fake-voicemail.ts'

export interface FakeEngine extends Engine {
  leaveMessage: FakeVoicemail['leave']
  /** Journals and publishes an event; its cursor is the next one. */
  emit<T extends EventType>(type: T, data: EventData<T>): EventEnvelope<T>
  /** Publishes without journaling, as `queue.snapshot` is. */
  publish<T extends EventType>(type: T, data: EventData<T>): void
  addCall(call: Partial<CallRecord> & { callId: string }): CallRecord
  requestPop(pop: Partial<ScreenPop> & { popId: string; agentId: string; callId: string }): ScreenPop
  /** Drops everything up to and including a cursor, as retention does. */
  forgetUpTo(cursor: number): void
  /** So many cursors are given to nothing, as after a killed process. */
  skip(count: number): void
  healthIs(health: Partial<Health>): void
  /** What was asked of the engine, in order. */
  readonly asked: readonly (readonly [string, ...unknown[]])[]
  /** Called at the start of each journal read, to interleave events with a replay. */
  beforeRead: () => void
}

export function createFakeEngine(options: { clock: Clock; center?: CenterInput }): FakeEngine {
  const { clock } = options
  let center: CenterConfig = parseCenter(options.center ?? {})
  let health: Health = { status: 'ok', sip: true, store: true, notes: [] }
  let journal: AnyEvent[] = []
  let cursor = 0
  const listeners = new Set<(event: AnyEvent) => void>()
  const overrides = new Map<string, Partial<AgentView>>()
  const hoursOverrides = new Map<string, HoursView['override']>()
  const skips: { first: number; last: number }[] = []
  const calls = new Map<string, CallRecord>()
  const pops = new Map<string, ScreenPop>()
  const acknowledged = new Set<string>()
  const voicemail = createFakeVoicemail(clock)
  voicemail.configure(center)
  const asked: [string, ...unknown[]][] = []
  const instant = () => new Date(clock.now()).toISOString()

  function emit<T extends EventType>(type: T, data: EventData<T>): EventEnvelope<T> {
    cursor += 1
    const event = envelope(type, data, String(cursor))
    journal.push(event as unknown as AnyEvent)
    for (const listener of listeners) listener(event as unknown as AnyEvent)
    return event
  }

  function envelope<T extends EventType>(type: T, data: EventData<T>, at?: string): EventEnvelope<T> {
    const ids = data as { callId?: string; agentId?: string; queueId?: string }
    const subject =
      ids.callId !== undefined && !type.startsWith('agent.')
        ? `call/${ids.callId}`
        : ids.agentId === undefined
          ? `queue/${ids.queueId}`
          : `agent/${ids.agentId}`
    return {
      specversion: '1.0',
      id: at === undefined ? `live-${Math.random()}` : `event-${at}`,
      source: '/tenants/default',
      type,
      subject,
      time: instant(),
      datacontenttype: 'application/json',
      ...(at === undefined ? {} : { sequence: at, cursor: at }),
      ...(ids.callId === undefined || ids.callId === null ? {} : { correlationid: ids.callId }),
      data,
    }
  }

  function agent(agentId: string): AgentView {
    const config = center.agents.find(({ id }) => id === agentId)
    if (config === undefined) throw new EngineError('agent.unknown', `There is no agent ${agentId}.`)
    return {
      id: config.id,
      name: config.name,
      queues: membershipsOf(config).map(({ id }) => id),
      skills: config.skills,
      label: 'offline',
      since: instant(),
      session: 'offline',
      availability: 'notReady',
      reason: null,
      next: null,
      endpoint: 'unreachable',
      slot: 'idle',
      callId: null,
      queueId: null,
      deadline: null,
      routable: false,
      notRoutableBecause: 'offline',
      devices: [],
      wrapUp: null,
      acting: null,
      misses: 0,
      missesInARow: { noAnswer: 0, declined: 0, unreachable: 0 },
      queuesLeft: [],
      today: { handled: 0, missed: 0 },
      missedBy: { noAnswer: 0, declined: 0, unreachable: 0 },
      ...overrides.get(agentId),
    }
  }

  function change(agentId: string, changed: Partial<AgentView>): AgentView {
    overrides.set(agentId, { ...overrides.get(agentId), ...changed })
    return agent(agentId)
  }

  function queue(queueId: string): QueueView {
    const config = center.queues.find(({ id }) => id === queueId)
    if (config === undefined) throw new EngineError('queue.unknown', `There is no queue ${queueId}.`)
    const { id, name, strategy, serviceLevel } = config
    return { id, name, strategy, targetMs: serviceLevel.targetMs, metrics: emptyMetrics(id) }
  }

  function hours(hoursId: string): HoursView {
    const config = center.hours.find(({ id }) => id === hoursId)
    if (config === undefined) throw new EngineError('hours.unknown', `There are no opening hours ${hoursId}.`)
    const override = hoursOverrides.get(hoursId) ?? null
    return {
      id: config.id,
      timeZone: config.timeZone ?? center.timeZone,
      open: override?.state !== 'closed',
      because: override === null ? 'weekly' : 'emergency',
      name: null,
      nextChangeAt: null,
      emergency: config.emergency,
      override,
    }
  }

  function knownCall(callId: string): CallRecord {
    const call = calls.get(callId)
    if (call === undefined || call.endedAt !== null)
      throw new EngineError('call.unknown', `There is no call ${callId}.`)
    return call
  }

  const fake: FakeEngine = {
    async start() {
      asked.push(['start'])
    },
    async stop(stopOptions) {
      asked.push(['stop', stopOptions])
      health = { ...health, status: 'stopped', sip: false }
    },
    onInbound: () => undefined,
    on(type, listener) {
      const wrapped = (event: AnyEvent) => {
        if (event.type === type) listener(event as never)
      }
      listeners.add(wrapped)
      return () => listeners.delete(wrapped)
    },
    onAny(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async applyCenter(input, applyOptions) {
      center = parseCenter(input, applyOptions?.file === undefined ? {} : { file: applyOptions.file })
      voicemail.configure(center)
      asked.push(['applyCenter', input, applyOptions?.actor])
    },
    center: () => withoutSecrets(center),
    listening: () => ['udp://127.0.0.1:5060'],
    acceptSipSocket(socket, peer) {
      asked.push(['acceptSipSocket', peer])
      socket.on('message', data => socket.send(`heard ${data}`))
    },
    renewTls(identity) {
      asked.push(['renewTls', identity])
    },
    health: () => health,
    counters: (): EngineCounters => ({
      callsArrived: calls.size,
      callsActive: fake.calls.live().length,
      callsWaiting: 0,
      offers: { accepted: 3, timed_out: 1 },
      sipRequests: { INVITE: 4 },
      sipMessagesInvalid: 0,
      journalCursor: cursor,
      journalBacklog: 0,
      rtpSessions: 0,
      sipDialogs: 0,
      sipTransactions: 0,
      registrations: 0,
      outside: { active: 0, refused: 0, registered: {} },
      door: {
        authFailures: 0,
        authThrottled: 0,
        strangersUnanswered: 0,
        sourcesBanned: 0,
        sourcesBannedNow: 0,
        callsShed: 0,
        overloaded: false,
      },
    }),
    agents: {
      list: () => center.agents.map(({ id }) => agent(id)),
      get: agent,
      signIn(agentId, signInOptions) {
        asked.push(['signIn', agentId, signInOptions])
        return change(agentId, { session: 'online', availability: signInOptions?.availability ?? 'notReady' })
      },
      signOut(agentId, signOutOptions) {
        asked.push(['signOut', agentId, signOutOptions])
        return change(agentId, { session: 'offline' })
      },
      setAvailability(agentId, availability, setOptions) {
        asked.push(['setAvailability', agentId, availability, setOptions])
        return change(agentId, { availability, reason: setOptions?.reason ?? null })
      },
      completeWrapUp(agentId, wrapOptions) {
        asked.push(['completeWrapUp', agentId, wrapOptions])
        if (agent(agentId).slot !== 'wrapping') throw new EngineError('agent.conflict', `${agentId} is not in wrap-up.`)
        return change(agentId, { slot: 'idle' })
      },
      setDevice(agentId, deviceId, deviceOptions) {
        asked.push(['setDevice', agentId, deviceId, deviceOptions])
        return change(agentId, { acting: deviceId })
      },
      deskOpen: (agentId, isOpen) => void asked.push(['deskOpen', agentId, isOpen]),
      setQueue(agentId, queueId, signedIn, queueOptions) {
        asked.push(['setQueue', agentId, queueId, signedIn, queueOptions])
        return change(agentId, signedIn ? { queues: [queueId], queuesLeft: [] } : { queues: [], queuesLeft: [queueId] })
      },
      noteWrapUp(agentId, noteOptions) {
        asked.push(['noteWrapUp', agentId, noteOptions])
        return agent(agentId)
      },
      askWrapUp(agentId, askOptions) {
        asked.push(['askWrapUp', agentId, askOptions])
        return agent(agentId)
      },
      extendWrapUp(agentId, extendOptions) {
        asked.push(['extendWrapUp', agentId, extendOptions])
        return agent(agentId)
      },
    },
    devices: {
      list: () => center.devices.map(({ id, name }) => ({ id, name, agentId: null, reachable: false, contacts: [] })),
    },
    trunks: {
      list: () => center.trunks.map(({ id, host, transport }) => ({ id, host, transport, registration: null })),
    },
    queues: {
      list: () => center.queues.map(({ id }) => queue(id)),
      get: queue,
      explain: queueId => ({
        queueId: queue(queueId).id,
        summary: 'Nobody is waiting.',
        waiting: 0,
        free: 0,
        notFree: {},
        ewt: null,
        visits: [],
      }),
    },
    voicemail: voicemail.commands,
    leaveMessage: voicemail.leave,
    callbacks: createFakeCallbacks(clock, asked, () => center.queues.map(({ id }) => id)),
    hours: {
      list: () => center.hours.map(({ id }) => hours(id)),
      get: hours,
      isOpen: hoursId => hours(hoursId).open,
      override(hoursId, state, overrideOptions = {}) {
        const { id } = hours(hoursId)
        const { actor = 'embedder', reason = '', until = null } = overrideOptions
        asked.push(['override', id, state, overrideOptions])
        hoursOverrides.set(id, state === null ? null : { state, reason, actor, since: instant(), until })
        return hours(id)
      },
    },
    calls: {
      live: () => [...calls.values()].filter(call => call.endedAt === null),
      get: async callId => calls.get(callId) ?? null,
      ended: async ({ limit, before, queueId, agentId, sipCallId }) =>
        [...calls.values()]
          .filter(call => call.endedAt !== null)
          .filter(call => before === undefined || call.callId < before)
          .filter(call => queueId === undefined || call.queueId === queueId)
          .filter(call => agentId === undefined || call.agentId === agentId)
          .filter(call => sipCallId === undefined || call.sipCallId === sipCallId)
          .sort((a, b) => (a.callId < b.callId ? 1 : -1))
          .slice(0, limit),
      explain: async (callId, { agentId } = {}) => {
        const call = calls.get(callId)
        const asked = agentId === undefined ? {} : { agent: { agentId: agent(agentId).id, name: agentId, moments: [] } }
        return call === undefined
          ? null
          : {
              callId,
              state: call.state,
              summary: 'It waits.',
              sipCallId: call.sipCallId,
              legs: [],
              ...asked,
              visits: [],
            }
      },
      transfer(callId, target, transferOptions) {
        knownCall(callId)
        asked.push(['transfer', callId, target, transferOptions])
      },
      hangup(callId, hangupOptions) {
        knownCall(callId)
        asked.push(['hangup', callId, hangupOptions])
      },
      setAttributes(callId, changed, setOptions) {
        const call = knownCall(callId)
        asked.push(['setAttributes', callId, changed, setOptions])
        calls.set(callId, { ...call, attributes: { ...call.attributes, ...changed } })
      },
    },
    screenpops: {
      open: () =>
        [...pops.values()].filter(pop => Date.parse(pop.expiresAt) > clock.now() && !acknowledged.has(pop.popId)),
      find: popId =>
        [...pops.values()].find(pop => pop.popId === popId && Date.parse(pop.expiresAt) > clock.now()) ?? null,
      acknowledge(popId, result, ackOptions) {
        const pop = pops.get(popId)
        if (pop === undefined) throw new EngineError('screenpop.unknown', `There is no open screen pop ${popId}.`)
        acknowledged.add(popId)
        const { callId, agentId } = pop
        emit('screenpop.acknowledged', { popId, callId, agentId, result, actor: ackOptions?.actor ?? '' })
      },
    },
    journal: {
      cursor: () => cursor,
      async read(after, limit, callId) {
        fake.beforeRead()
        return journal
          .filter(event => Number(event.cursor) > after && (callId === undefined || event.correlationid === callId))
          .slice(0, limit)
      },
      oldestCursor: async () => Number(journal[0]?.cursor ?? 0),
      missed(after) {
        if (after > cursor) return null
        const skip = skips.find(({ last }) => after <= last)
        if (skip === undefined) return cursor - after
        return after >= skip.first ? null : cursor - after - (skip.last - skip.first + 1)
      },
    },
    emit,
    publish(type, data) {
      for (const listener of listeners) listener(envelope(type, data) as unknown as AnyEvent)
    },
    addCall(call) {
      const record: CallRecord = { ...emptyCall(instant()), ...call }
      calls.set(record.callId, record)
      return record
    },
    requestPop(pop) {
      const full: ScreenPop = { ...emptyPop(new Date(clock.now() + 60_000).toISOString()), ...pop }
      pops.set(full.popId, full)
      emit('screenpop.requested', full)
      return full
    },
    forgetUpTo(upTo) {
      journal = journal.filter(event => Number(event.cursor) > upTo)
    },
    skip(count) {
      skips.push({ first: cursor + 1, last: cursor + count })
      cursor += count
      emit('journal.skipped', { first: String(cursor - count + 1), last: String(cursor), reason: 'killed' })
    },
    healthIs(changed) {
      health = { ...health, ...changed }
    },
    asked,
    beforeRead: () => undefined,
  }
  return fake
}

function emptyCall(arrivedAt: string): Omit<CallRecord, 'callId'> {
  return {
    tenant: 'default',
    direction: 'inbound',
    state: 'queued',
    since: arrivedAt,
    ani: { e164: '+442079460123', raw: '02079460123', name: null, withheld: false },
    dnis: 'support',
    trunkId: 'carrier',
    fromAgentId: null,
    sipCallId: 'sip-1',
    queueId: 'support',
    agentId: null,
    arrivedAt,
    connectedAt: null,
    endedAt: null,
    endedBy: null,
    cause: null,
    sipCode: null,
    attributes: {},
    visits: [],
    segments: [],
  }
}

function emptyPop(expiresAt: string): Omit<ScreenPop, 'popId' | 'agentId' | 'callId'> {
  return {
    offerId: 'offer-1',
    trigger: 'offer',
    ani: { e164: '+442079460123', raw: '02079460123', name: null, withheld: false },
    dnis: 'support',
    queueId: 'support',
    queueName: 'Support',
    waitMs: 1000,
    ivr: { path: [], digits: '' },
    attributes: {},
    matchStatus: 'none',
    matches: [],
    target: null,
    expiresAt,
  }
}

function emptyMetrics(queueId: string): QueueMetrics {
  return {
    queueId,
    waiting: 2,
    callbacks: 0,
    oldestEnqueuedAt: null,
    offering: 0,
    talking: 0,
    agents: { signedIn: 0, available: 0, ringing: 0, busy: 0, wrapUp: 0, notReady: 0, unreachable: 0 },
    today: {
      offered: 0,
      answered: 0,
      abandoned: 0,
      shortAbandoned: 0,
      flowOut: 0,
      callbackAccepted: 0,
      rejected: 0,
      serviceLevel: null,
      serviceLevelVariant: 'shortAsMet',
      asaMs: null,
      longestWaitMs: 0,
    },
    ewtMs: null,
    ewt: null,
  }
}
