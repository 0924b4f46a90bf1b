/** How an engine lives: opened with what the store knows, given other centers while it runs, drained and closed. */
import { createCalendar } from './calendar.ts'
import type { LegSource } from './calls/call-services.ts'
import { rememberCutOff } from './calls/re-entry.ts'
import { mergeSecrets, noSecrets, withPins } from './center-secrets.ts'
import type { CenterConfig, CenterInput } from './config.ts'
import { parseCenter, withoutSecrets } from './config-check.ts'
import type { CurrentCenter } from './current-center.ts'
import { settledWithin } from './deadline.ts'
import type { EnginePorts } from './engine-ports.ts'
import { EngineError } from './errors.ts'
import { shutdown } from './phones/hot-desks.ts'
import type { CenterSecrets, Checkpoint } from './ports/store.ts'
import type { HandleTimes } from './queues/estimate.ts'
import type { Phase } from './readings.ts'
import type { CallRecord } from './records.ts'
import { takeOver } from './recovery.ts'
import { refuseUnknownPrompts } from './routing/prompt-name.ts'
import { digestSecret } from './sip/index.ts'
import type { EngineParts } from './wiring.ts'

/** Retry-After of new calls while draining: another engine, or this one again, is there by then. */
const drainRetryAfterSec = 30
/** BYEs and their answers get this long before the sockets close. */
const farewellMs = 500
/** What the store has not taken by then is given up. */
const storeFarewellMs = 5_000

export interface LifecycleOptions {
  readonly ports: EnginePorts
  readonly parts: EngineParts
  readonly current: CurrentCenter
  /** What the embedder gave; null: what the store has. */
  readonly given: CenterConfig | null
  /** Brings calls beside those of SIP. */
  readonly legs: LegSource | null
}

export interface Lifecycle {
  readonly phase: Phase
  /** The last call has ended. */
  onIdle(): void
  /** @throws EngineError `config.invalid`, `store.unavailable` */
  applyCenter(input: CenterInput, from?: { file?: string }): Promise<void>
  start(): Promise<void>
  stop(how?: { drainMs?: number }): Promise<void>
}

export function createLifecycle({ ports, parts, current, given, legs }: LifecycleOptions): Lifecycle {
  const { clock, logger, store, media, tenant, passwords } = ports
  const {
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
  } = parts
  let phase: Phase = 'new'
  let started: Promise<void> | null = null
  let stopped: Promise<void> | null = null
  let wakeDrain: (() => void) | null = null

  /** Puts a center into force in every part, receivers of work before those who bring it. */
  function install(next: CenterConfig, nextSecrets: CenterSecrets): void {
    current.replace(next, nextSecrets)
    const { center, secrets, queues } = current
    hours.configure(center)
    flows.configure(center.flows)
    voicemail.book.configure(center)
    routes.configure(center)
    dispatcher.configure(center.queues)
    memberships.configure(center.agents)
    roster.configure(center.agents, center.queues)
    dispatcher.agentsConfigured()
    for (const { id } of center.agents) hotDesks.presence.changed(id)
    gateway.configure(center, secrets)
    outside.configure(center, secrets)
    hotDesks.phones.configure(center)
    phones.configure([...center.agents, ...center.devices], center.sip)
    callbacks.book.configure()
    for (const queueId of queues.keys()) touch(queueId)
  }

  async function applyCenter(input: CenterInput, from: { file?: string } = {}): Promise<void> {
    const next = parseCenter(input, from)
    if (phase === 'running' || phase === 'draining') refuseUnknownPrompts(next, media)
    await voicemail.ensure(next)
    const nextSecrets = await withPins(next, mergeSecrets(next, current.secrets, digestSecret), passwords)
    await store.saveCenter({ center: withoutSecrets(next), secrets: nextSecrets })
    install(next, nextSecrets)
    retention.reconsider()
  }

  async function open(): Promise<void> {
    const head = await store.open()
    const stored = await store.loadCenter()
    if (stored !== null) current.secrets = { ...noSecrets, ...stored.secrets }
    // What an older version stored lacks the settings of this one.
    const first = given ?? parseCenter(stored?.center ?? {})
    const firstSecrets = await withPins(first, mergeSecrets(first, current.secrets, digestSecret), passwords)
    if (given !== null) await store.saveCenter({ center: withoutSecrets(first), secrets: firstSecrets })
    const closed: CallRecord[] = []
    const aliveMs = await takeOver({
      store,
      head,
      journal,
      logger,
      tenant,
      now: () => clock.now(),
      save(record) {
        log.save(record)
        closed.push(record)
      },
      saveSession: record => log.saveSession(record),
      recordings: await voicemail.recover(head),
    })
    // What was just closed belongs to today's figures, which the store sums up next.
    await journal.flush()
    await log.flush()
    current.calendar = createCalendar(first.timeZone)
    const targets = Object.fromEntries(first.queues.map(queue => [queue.id, queue.serviceLevel.targetMs]))
    totals.restore(await store.queueTotals(new Date(current.calendar.startOfDay(clock.now())).toISOString(), targets))
    hours.restore(head.checkpoints)
    desk.reEntries.restore(head.checkpoints, clock.now())
    for (const record of closed) rememberCutOff(desk.reEntries, first.queues, record, clock.now())
    outside.restore(head.checkpoints, aliveMs)
    memberships.restore(head.checkpoints)
    const agentIds = new Set(first.agents.map(({ id }) => id))
    days.restore(head.checkpoints, { today: current.calendar.dayKey(clock.now()), aliveMs, agentIds })
    resumeEstimates(head.checkpoints, first)
    hotDesks.restore(head.checkpoints)
    callbacks.book.restore(head.checkpoints)
    await voicemail.restore()
    await voicemail.ensure(first)
    await media.start()
    if (given !== null) refuseUnknownPrompts(first, media)
    await userAgent.listen()
    install(first, firstSecrets)
    retention.consider()
    legs?.open((facts, makeBridge) => desk.admit(facts, makeBridge))
  }

  /** How long calls take is known from before, of the queues that are still there. */
  function resumeEstimates(checkpoints: readonly Checkpoint[], { queues }: CenterConfig): void {
    const known = new Set(queues.map(({ id }) => id))
    for (const { kind, id, state } of checkpoints) {
      if (kind !== 'handleTimes' || state === null) continue
      if (known.has(id)) estimates.resume(id, state as HandleTimes)
      else journal.checkpoint({ kind, id, state: null })
    }
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
    callbacks.book.stop()
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
    for (const { id } of roster.views()) if (roster.has(id)) roster.signOut(id, { actor: 'system', reason: shutdown })
    if (userAgent.load.dialogs > 0 || isRegistered)
      await new Promise<void>(resolve => void clock.setTimeout(resolve, farewellMs))
    phase = 'stopped'
    await shutDown()
  }

  async function shutDown(): Promise<void> {
    outside.stop()
    phones.stop()
    hotDesks.presence.stop()
    dispatcher.stop()
    snapshots.stop()
    recipes.stop()
    pops.stop()
    hours.stop()
    callbacks.book.stop()
    lookups.stop()
    retention.stop()
    roster.stop()
    gateway.door.stop()
    userAgent.close()
    await media.stop()
    days.flush()
    handleTimes.flush()
    // A store that hangs must not keep the process from ending.
    const flushed = await settledWithin(
      clock,
      storeFarewellMs,
      journal
        .flush()
        .then(() => log.flush())
        .then(() => voicemail.book.flush())
        .then(() => journal.flush())
        .then(() => journal.close()),
    )
    journal.stop()
    log.stop()
    voicemail.book.stop()
    if (!flushed) logger.error({ waiting: journal.backlog }, 'the store does not answer; what it has not taken is lost')
    await settledWithin(clock, storeFarewellMs, store.close())
  }

  return {
    get phase() {
      return phase
    },
    onIdle: () => wakeDrain?.(),
    applyCenter,
    start() {
      started ??= start()
      return started
    },
    stop(how) {
      stopped ??= stop(how)
      return stopped
    },
  }
}
