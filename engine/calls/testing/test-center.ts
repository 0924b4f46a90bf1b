/** What tests of calls have in common: a whole center on the virtual network, and a carrier that leads outside. */
import { expect } from 'vitest'
import type { CenterInput } from '../../config.ts'
import type { EventData, EventType } from '../../events.ts'
import { silentLogger } from '../../node/logger.ts'
import type { Reaction } from '../../simulation/phone-plan.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createVirtualPhone, type VirtualPhone } from '../../simulation/virtual-phone.ts'
import { createWorld, engineHost, type World, type WorldOptions } from '../../simulation/world.ts'

export const carrierHost = '10.3.0.1'
/** Leads to the carrier by {@link outside}. */
export const number = '+442071234567'
/** The callers', and the carrier's. */
export const trunks = [
  { id: 'people', addresses: ['10.1.0.0/16'] },
  { id: 'carrier', addresses: [carrierHost], host: carrierHost },
] satisfies CenterInput['trunks']
export const outside = [{ prefix: '+44', trunk: 'carrier' }] satisfies CenterInput['outbound']
/** A caller who waits and talks until he is told to hang up. */
export const patient = { patienceMs: 600_000, talkMs: null, talkFrom: 'join' } as const

const answers: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: null }

export interface TestCenter {
  readonly world: World
  /** Who is called outside: he answers after a second, and talks until he is told to hang up. */
  readonly carrier: VirtualPhone
  /** What he does instead from now on. */
  react(reaction: Reaction): void
  /** What was told of a type, oldest first. */
  told<T extends EventType>(type: T): readonly EventData<T>[]
  slot(agentId: string): string
  /** @throws Error if there is none */
  record(callId: string): Promise<NonNullable<Awaited<ReturnType<World['engine']['calls']['get']>>>>
  /** Lets everything come to its end, and sees that nothing is left of it: no leg, session, timer, or agent at work. */
  stop(): Promise<void>
}

export async function createTestCenter(center: CenterInput, media?: WorldOptions['media']): Promise<TestCenter> {
  const world = await createWorld({ seed: 1, center, ...(media === undefined ? {} : { media }) })
  let reaction = answers
  const carrier = await createVirtualPhone({
    network: world.network.host(carrierHost),
    clock: world.clock,
    random: createSeededRandom(9),
    logger: silentLogger,
    host: carrierHost,
    port: 5060,
    user: 'carrier',
    onCall: () => reaction,
  })
  const told = <T extends EventType>(type: T) =>
    world.events.flatMap(event => (event.type === type ? [event.data as EventData<T>] : []))
  return {
    world,
    carrier,
    react(it) {
      reaction = it
    },
    told,
    slot: agentId => world.engine.agents.get(agentId).slot,
    async record(callId) {
      const found = await world.engine.calls.get(callId)
      if (found === null) throw new Error(`there is no record of ${callId}`)
      return found
    },
    async stop() {
      await world.run(130_000)
      expect(world.engine.counters()).toMatchObject({
        callsActive: 0,
        sipDialogs: 0,
        sipTransactions: 0,
        rtpSessions: 0,
        outside: { active: 0 },
      })
      const atWork = world.engine.agents.list().filter(({ slot, endpoint }) => slot !== 'idle' || endpoint === 'inUse')
      expect(atWork).toEqual([])
      await world.stop()
      carrier.stop()
      expect(world.clock.pending).toBe(0)
    },
  }
}

/** How an agent's phone refers to a number of the center, or to an agent. */
export function uri(user: string): string {
  return `<sip:${encodeURIComponent(user)}@${engineHost}>`
}
