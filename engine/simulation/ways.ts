/** How the calls of a simulation reach its engine: as virtual legs, or through the whole SIP stack. */
import type { Engine } from '../api.ts'
import type { CallFacts, LegSource } from '../calls/call-services.ts'
import type { CenterInput } from '../config.ts'
import type { Ids } from '../ports/ids.ts'
import type { Network } from '../ports/network.ts'
import type { Random } from '../ports/random.ts'
import type { PlannedCall } from './call-plan.ts'
import type { TestClock } from './test-clock.ts'
import { createTextPhones } from './text-phones.ts'
import { VirtualBridge } from './virtual-bridge.ts'
import { createVirtualNetwork } from './virtual-network.ts'

export interface Way {
  readonly network: Network
  /** What an offer takes at most on its way to a phone and back. */
  readonly signallingMs: number
  /** What the way needs of the center. */
  furnished(center: CenterInput): CenterInput
  /** For the engine; `open` is called when calls may come. */
  legs(open: () => void): LegSource | undefined
  started(engine: Engine, open: () => void): void
  /** Somebody calls now. @param user the user part of the caller's address */
  call(user: string, plan: PlannedCall): void
}

interface People {
  answerMs(agentId: string): number
  /** The caller of this plan has done with this agent. */
  onTalkEnded(agentId: string, plan: PlannedCall): void
}

const engineHost = '10.0.0.1'

export function overLegs(clock: TestClock, random: Random, ids: Ids, people: People): Way {
  let admit: Parameters<LegSource['open']>[0] | null = null
  return {
    signallingMs: 0,
    network: createVirtualNetwork({ clock, random }).host(engineHost),
    furnished: center => center,
    legs: open => ({
      open(given) {
        admit = given
        open()
      },
    }),
    started() {},
    call(user, plan) {
      const { number, patienceMs, talkMs } = plan
      admit?.(
        factsOf(ids, number, user),
        (onEvent, callClock) =>
          new VirtualBridge({
            ...{ clock: callClock, patienceMs, talkMs, onEvent },
            answerMs: uri => people.answerMs(agentOf(uri)),
            onTalkEnded: uri => people.onTalkEnded(agentOf(uri), plan),
          }),
      )
    },
  }
}

export function overSip(clock: TestClock, people: People): Way {
  /** By Call-ID: what the caller has in mind, and which agent talks to him. */
  const plans = new Map<string, PlannedCall>()
  const agents = new Map<string, string>()
  const phones = createTextPhones({
    clock,
    answerMs: people.answerMs,
    onTalkEnded(sipCallId) {
      const [agentId, plan] = [agents.get(sipCallId), plans.get(sipCallId)]
      agents.delete(sipCallId)
      plans.delete(sipCallId)
      // When the BYE has arrived.
      if (agentId !== undefined && plan !== undefined) clock.setTimeout(() => people.onTalkEnded(agentId, plan), 2)
    },
  })
  return {
    signallingMs: 20,
    network: phones.network,
    furnished: center => ({
      ...center,
      trunks: [
        { id: 'simulation', addresses: [`${phones.callersHost}/32`] },
        ...(center.trunks ?? []).map(trunk => ({ ...trunk, register: null })),
      ],
      // Phones that are text send no audio, and none of them vanishes.
      media: { ...center.media, timeoutMs: 0 },
    }),
    legs: () => undefined,
    started(engine, open) {
      const sipCallIds = new Map<string, string>()
      engine.on('call.arrived', ({ data }) => void sipCallIds.set(data.callId, data.sipCallId))
      engine.on('call.connected', ({ data: { callId, agentId } }) => {
        const sipCallId = sipCallIds.get(callId) ?? ''
        agents.set(sipCallId, agentId)
        phones.joined(sipCallId)
      })
      engine.on('call.ended', ({ data }) => {
        plans.delete(sipCallIds.get(data.callId) ?? '')
        sipCallIds.delete(data.callId)
      })
      open()
    },
    call(user, plan) {
      plans.set(phones.call(user, plan), plan)
    },
  }
}

function factsOf(ids: Ids, number: string, user: string): CallFacts {
  return {
    callId: ids.ulid(),
    ani: { e164: null, raw: user, name: null, withheld: false },
    dnis: number,
    trunkId: 'simulation',
    fromAgentId: null,
    sipCallId: `simulated-${user}`,
    uui: null,
  }
}

/** Of `sip:ID@host`. */
function agentOf(uri: string): string {
  return uri.slice(4, uri.indexOf('@'))
}
