/** The engine as embedders hold it. */
import { createAgentCommands } from './agent-commands.ts'
import type { Engine, EngineOptions } from './api.ts'
import { createCallQueries } from './call-queries.ts'
import { createCallbackQueries } from './callback-queries.ts'
import type { LegSource } from './calls/call-services.ts'
import { parseCenter, withoutSecrets } from './config-check.ts'
import { CurrentCenter } from './current-center.ts'
import { portsOf } from './engine-ports.ts'
import { createHoursCommands } from './hours-commands.ts'
import { createJournalLookBack } from './journal-look-back.ts'
import { createJournalReader } from './journal-reader.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createQueueQueries } from './queue-queries.ts'
import { wire } from './wiring.ts'

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
  const ports = portsOf(options)
  const given = options.center === undefined ? null : parseCenter(options.center)
  const current = new CurrentCenter(given ?? parseCenter({}))
  const parts = wire(ports, current, { phase: () => lifecycle.phase, onIdle: () => lifecycle.onIdle() })
  const lifecycle: Lifecycle = createLifecycle({ ports, parts, current, given, legs })
  const { store } = ports
  const {
    bus,
    journal,
    voicemail,
    hours,
    roster,
    dispatcher,
    pops,
    userAgent,
    hotDesks,
    outside,
    desk,
    callbacks,
    readings,
  } = parts

  const lookBack = createJournalLookBack(journal, store)
  const nameOf = (agentId: string) => (roster.has(agentId) ? roster.view(agentId).name : agentId)
  const callbackQueries = createCallbackQueries({ book: callbacks.commands, lookBack, nameOf })

  return {
    start: () => lifecycle.start(),
    stop: how => lifecycle.stop(how),
    onInbound: handler => desk.onInbound(handler),
    on: (type, listener) => bus.on(type, listener),
    onAny: listener => bus.onAny(listener),
    applyCenter: (input, from) => lifecycle.applyCenter(input, from),
    center: () => withoutSecrets(current.center),
    listening: () => userAgent.listening,
    acceptSipSocket: (socket, peer) => userAgent.acceptSocket(socket, peer),
    renewTls: identity => userAgent.renewTls(identity),
    health: () => readings.health(),
    counters: () => readings.counters(),
    agents: createAgentCommands(roster, hotDesks),
    devices: { list: () => hotDesks.phones.devices() },
    trunks: { list: () => outside.views(current.center.trunks) },
    queues: createQueueQueries(() => current.queues, dispatcher),
    callbacks: { ...callbacks.commands, explain: callbackQueries.explain },
    hours: createHoursCommands(hours),
    voicemail: voicemail.commands,
    calls: createCallQueries({
      ...{ clock: ports.clock, desk, store, lookBack, roster, nameOf, callbacks: callbackQueries },
      journal: createJournalReader(journal, store),
    }),
    screenpops: {
      open: () => pops.open(),
      find: popId => pops.find(popId),
      acknowledge: (popId, result, { actor = 'embedder' } = {}) => pops.acknowledge(popId, result, actor),
    },
    journal: createJournalReader(journal, store),
  }
}
