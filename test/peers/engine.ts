/** The engine under test on real sockets, with everything it says written down. */
import { expect, onTestFinished } from 'vitest'
import { type CenterInput, createEngine, type Engine, type TlsIdentity } from '../../engine/index.ts'
import { createNodeClock } from '../../engine/node/clock.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import type { Network } from '../../engine/ports/network.ts'
import { EventLog } from './event-log.ts'
import { freePort, hosts, inUri, ipv6Loopback, type Transport } from './loopback.ts'

export interface EngineUnderTest {
  readonly engine: Engine
  readonly host: string
  readonly port: number
  readonly log: EventLog
  /** `127.0.0.1:port` */
  readonly address: string
}

/** Ports for audio, apart from the engine's default range, so that a running server disturbs nobody. */
const rtp = { minPort: 40_000, maxPort: 49_998 }

/**
 * Starts an engine over UDP and TCP on one free port of its own address, and over TLS on the next one if it is given
 * who it is there; `ipv6`: on the same port of IPv6, too. It stops with the test.
 */
export async function startEngine(
  center: CenterInput,
  tls: TlsIdentity | null = null,
  clock: Clock = createNodeClock(),
  given: {
    readonly port?: number
    readonly ipv6?: boolean
    /** By this it only connects. */
    readonly deafBy?: 'tcp' | 'tls'
    readonly network?: Network
    readonly recordings?: string
    readonly prompts?: string
  } = {},
): Promise<EngineUnderTest> {
  const host = hosts.engine
  const port = given.port ?? (await freePort(host))
  const engine = createEngine({
    center,
    sip: {
      listen: [
        `udp://${host}:${port}`,
        ...(given.deafBy === 'tcp' ? [] : [`tcp://${host}:${port}`]),
        ...(tls === null || given.deafBy === 'tls' ? [] : [`tls://${host}:${port + 1}`]),
        ...(given.ipv6 === true ? ['udp', 'tcp'].map(each => `${each}://${inUri(ipv6Loopback)}:${port}`) : []),
      ],
      ...(tls === null ? {} : { tls }),
    },
    rtp,
    clock,
    ...(given.network === undefined ? {} : { network: given.network }),
    ...(given.prompts === undefined ? {} : { prompts: { folder: given.prompts } }),
    ...(given.recordings === undefined ? {} : { recordings: { folder: given.recordings } }),
  })
  const log = new EventLog()
  engine.onAny(event => log.add(event))
  onTestFinished(() => engine.stop())
  await engine.start()
  return { engine, host, port, log, address: `${host}:${port}` }
}

/** A center of one queue, one trunk for the caller's address, and fixed phones. */
export function callCenter(
  phones: readonly { readonly id: string; readonly contact: string }[],
  queue: Omit<NonNullable<CenterInput['queues']>[number], 'id'> = {},
  rest: CenterInput = {},
): CenterInput {
  return {
    queues: [{ id: 'support', wrapUpMs: 0, ...queue }],
    agents: phones.map(phone => ({ ...phone, queues: ['support'], alwaysAvailable: true })),
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
    ...rest,
  }
}

/** A fixed phone as a URI. */
export function contactUri(user: string, host: string, port: number, transport: Transport = 'udp'): string {
  return `sip:${user}@${inUri(host)}:${port}${transport === 'tcp' ? ';transport=tcp' : ''}`
}

/**
 * Resolves when nothing of a call is left behind but transactions that have to outlive it (RFC 3261 §17). It takes a
 * moment after `call.ended`: a dialog lives until its BYE is answered.
 */
export async function expectIdle(engine: Engine): Promise<void> {
  const left = () => ({ ...engine.counters(), busy: engine.agents.list().filter(({ slot }) => slot !== 'idle') })
  await expect.poll(left).toMatchObject({ callsActive: 0, callsWaiting: 0, rtpSessions: 0, sipDialogs: 0, busy: [] })
}
