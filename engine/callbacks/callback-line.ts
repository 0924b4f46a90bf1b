/** How callbacks reach the network: a call whose customer is dialled by a trunk, and which trunk that is. */

import type { AgentDevice } from '../b2bua/bridge-alphabet.ts'
import type { BridgeMaker } from '../b2bua/bridge-maker.ts'
import type { CallDesk } from '../calls/call-desk.ts'
import type { CallFacts, OutsideGoal } from '../calls/call-services.ts'
import { languageOf } from '../calls/language.ts'
import type { QueueConfig } from '../config.ts'
import type { PromptLanguage } from '../config-intake.ts'
import type { CallbackLine } from './callback-types.ts'

export interface CallbackLineOptions {
  desk(): CallDesk
  readonly bridges: BridgeMaker
  queue(queueId: string): QueueConfig | null
  promptName(name: string, language: PromptLanguage): string | null
  /** Null: nowhere now. */
  outsideDevice(
    goal: OutsideGoal,
    facts: CallFacts,
    sipCallId: string,
  ): AgentDevice | null | Promise<AgentDevice | null>
}

/** A ring and the pause after it. */
const ringMs = 3_000
const mostRings = 60

export function createCallbackLine(options: CallbackLineOptions): CallbackLine {
  const devices = new Map<string, AgentDevice>()

  function found(callId: string): AgentDevice {
    const known = devices.get(callId)
    if (known === undefined) throw new Error('a customer is called before it is known where')
    return known
  }

  return {
    begin(callback, facts) {
      const { callId } = facts
      const queue = options.queue(callback.queueId)
      const language = languageOf(callback.attributes, queue?.language ?? null)
      const prompts = (...names: string[]) => names.flatMap(name => options.promptName(name, language) ?? [])
      const rings = Math.min(mostRings, Math.ceil((queue?.callback.ringMs ?? 0) / ringMs))
      return options.desk().callBack(
        { ...facts, callback },
        options.bridges(callId, {
          kind: 'called',
          device: () => found(callId),
          ringMs: queue?.callback.ringMs ?? ringMs,
          ringback: [...prompts('callback-calling'), ...Array(rings).fill(prompts('ringback')).flat()],
        }),
      )
    },
    async prepare({ callId, sipCallId }, goal) {
      // We call for the center, whoever called it first: his number is shown to nobody, least of all to himself.
      const ani = { e164: null, raw: goal.callerId ?? 'anonymous', name: null, withheld: false }
      const facts = { callId, ani, dnis: goal.number, trunkId: null, fromAgentId: '', sipCallId, uui: null }
      const device = await options.outsideDevice(goal, facts, sipCallId)
      if (device === null) return false
      devices.set(callId, device)
      return true
    },
    forget(callId) {
      devices.delete(callId)
    },
  }
}
