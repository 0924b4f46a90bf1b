/**
 * The door of a contact center on a virtual network: user agent, phones and gateway, with everything that leaves written
 * down. For tests of who gets in and who gets what answer.
 */
import { mergeSecrets, noSecrets } from '../../center-secrets.ts'
import type { CenterInput } from '../../config.ts'
import { parseCenter } from '../../config-check.ts'
import type { Clock } from '../../ports/clock.ts'
import { type LoadProbe, noLoad } from '../../ports/load.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Network, SocketAddress, StreamConnection, TlsIdentity } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock, type TestClock } from '../../simulation/test-clock.ts'
import { createTestIds } from '../../simulation/test-ids.ts'
import { createVirtualNetwork, type NetworkConditions, type VirtualNetwork } from '../../simulation/virtual-network.ts'
import { digestSecret, type ListenAddress, UserAgent } from '../../sip/index.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { createTestSocket } from '../../sip/testing/test-socket.ts'
import { type Admission, Gateway } from '../gateway.ts'
import { Phones } from '../phones.ts'

export const doorHost = '10.0.0.1'
export const trunkHost = '10.1.0.1'
export const strangerHost = '192.0.2.66'

/** One message that left. */
export interface Sent {
  readonly atMs: number
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS'
  readonly to: SocketAddress
  readonly text: string
}

export interface Caller {
  send(data: string | Uint8Array): Sent[]
  readonly connection: StreamConnection
  readonly closed: () => boolean
}

/** The parts of a door, on whatever ports. */
export interface Doorway {
  readonly userAgent: UserAgent
  readonly gateway: Gateway
  readonly phones: Phones
  /** What was told, as `[type, data]`. */
  readonly told: (readonly [string, object])[]
  /** Calls that were let in, in order. */
  readonly admissions: Admission[]
  /** Errors that were logged. */
  readonly faults: unknown[]
  /** What becomes of a call that was let in. By default it hears ringing if its number is known, else 404. */
  onCall: (admission: Admission) => void
  activeCalls: number
  configure(center: CenterInput): void
  close(): void
}

export interface Door extends Doorway {
  readonly clock: TestClock
  readonly network: VirtualNetwork
  readonly sent: Sent[]
  /** Opens a UDP socket. */
  bind(at: SocketAddress): Promise<void>
  /** Sends one datagram from a bound address, or one that is bound now. @returns what left because of it */
  send(from: SocketAddress, data: string | Uint8Array): Promise<Sent[]>
  /** As {@link send}, from an address that is bound, and at once. */
  sendNow(from: SocketAddress, data: string | Uint8Array): Sent[]
  connect(host: string, transport?: 'TCP' | 'TLS'): Caller
  /** Connects by WebSocket. `send` is one frame, `end` what the peer says on leaving. */
  connectWeb(host: string): { send(data: string | Uint8Array): Sent[]; end(): void }
}

export const doorCenter: CenterInput = {
  agents: [{ id: 'ada', password: 'secret' }, { id: 'nopassword' }],
  trunks: [{ id: 'carrier', addresses: ['10.1.0.0/16'] }],
}
const numbers: ReadonlySet<string> = new Set(['user', 'support'])

export interface DoorOptions {
  readonly center?: CenterInput
  /** How long messages have waited in the socket. */
  readonly waitedMs?: () => number
  readonly conditions?: Partial<NetworkConditions>
}

export interface DoorwayPorts {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly listen: readonly ListenAddress[]
  readonly tls?: TlsIdentity
  readonly load: LoadProbe
}

export async function openDoorway(ports: DoorwayPorts, center: CenterInput = doorCenter): Promise<Doorway> {
  const { clock, random, load } = ports
  const faults: unknown[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: fields => faults.push('err' in fields ? fields.err : fields),
    child: () => logger,
  }
  const userAgent = new UserAgent({
    ...ports,
    ids: createTestIds(),
    logger,
    product: 'test',
    advertise: [],
    handlers: {
      onRequest: incoming => gateway.receive(incoming),
      challenge: incoming => gateway.challenge(incoming),
      onFlowClosed: flow => phones.registrar.flowClosed(flow),
      get door() {
        return gateway.door
      },
    },
  })
  const phones = new Phones({ userAgent, clock, logger, onChange: () => {} })
  const gateway = new Gateway({
    userAgent,
    phones,
    logger,
    nonceKey: random.bytes(32),
    load,
    activeCalls: () => doorway.activeCalls,
    onSecurity: (type, data) => doorway.told.push([type, data]),
    takeovers: { isOwnLeg: () => false, onTakeover() {} },
    onCall(admission) {
      doorway.onCall(admission)
    },
  })
  const doorway: Doorway = {
    userAgent,
    gateway,
    phones,
    told: [],
    admissions: [],
    faults,
    activeCalls: 0,
    onCall(admission) {
      doorway.admissions.push(admission)
      if (numbers.has(admission.dialled)) admission.invite.progress(180)
      else admission.invite.reject(404)
    },
    configure(input) {
      const next = parseCenter(input)
      gateway.configure(next, mergeSecrets(next, noSecrets, digestSecret))
      phones.configure(next.agents)
    },
    close() {
      phones.stop()
      gateway.door.stop()
      userAgent.close()
    },
  }
  await userAgent.listen()
  doorway.configure(center)
  return doorway
}

/** A door on a virtual network. */
export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const clock = createTestClock(1_000_000)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(2), conditions: options.conditions ?? {} })
  const sent: Sent[] = []
  let webSockets = 0
  const note: Note = (transport, to, data) => {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString()
    sent.push({ atMs: clock.now(), transport, to, text })
  }
  const doorway = await openDoorway(
    {
      clock,
      random: createSeededRandom(1),
      network: { ...tapped(network.host(doorHost), note), waitedMs: options.waitedMs ?? (() => 0) },
      load: noLoad,
      listen: [
        { transport: 'UDP', host: doorHost, port: 5060 },
        { transport: 'TCP', host: doorHost, port: 5060 },
        { transport: 'TLS', host: doorHost, port: 5061 },
      ],
      // On the virtual network a certificate is the name that it is for.
      tls: { cert: doorHost, key: '' },
    },
    options.center,
  )
  const sockets = new Map<string, { send(data: string | Uint8Array, to: SocketAddress): void }>()

  function after(act: () => void): Sent[] {
    const before = sent.length
    act()
    clock.advance(0)
    return sent.slice(before)
  }

  const door: Door = Object.assign(doorway, {
    clock,
    network,
    sent,
    async bind(at: SocketAddress) {
      const key = `${at.host}|${at.port}`
      if (sockets.has(key)) return
      const quiet = { onMessage: () => {}, onError: (error: Error) => void doorway.faults.push(error) }
      sockets.set(key, await network.host(at.host).bindDatagram(at, quiet))
    },
    async send(from: SocketAddress, data: string | Uint8Array) {
      await door.bind(from)
      return door.sendNow(from, data)
    },
    sendNow(from: SocketAddress, data: string | Uint8Array) {
      return after(() => sockets.get(`${from.host}|${from.port}`)?.send(data, { host: doorHost, port: 5060 }))
    },
    connect(host: string, transport: 'TCP' | 'TLS' = 'TCP') {
      let closed = false
      const from = network.host(host)
      const connection =
        transport === 'TCP'
          ? from.connectStream({ host: doorHost, port: 5060 })
          : from.connectStream({ host: doorHost, port: 5061 }, { serverName: doorHost, identity: null })
      connection.attach({
        onData: () => {},
        onClose: () => {
          closed = true
        },
      })
      clock.advance(0)
      return {
        send: (data: string | Uint8Array) => after(() => connection.write(data)),
        connection,
        closed: () => closed,
      }
    },
    connectWeb(host: string) {
      webSockets++
      const remote = { host, port: webSockets }
      const { socket, emit } = createTestSocket(text => note('WS', remote, text))
      doorway.userAgent.acceptSocket(socket, { remote, local: { host: doorHost, port: 8080 }, secure: true })
      return {
        send: (data: string | Uint8Array) =>
          after(() => emit('message', typeof data === 'string' ? Buffer.from(data) : data)),
        end: () => emit('close'),
      }
    },
  })
  return door
}

type Note = (transport: Sent['transport'], to: SocketAddress, data: Uint8Array | string) => void

function tapped(network: Network, note: Note): Network {
  const tap = (connection: StreamConnection, transport: 'TCP' | 'TLS'): StreamConnection => ({
    local: connection.local,
    remote: connection.remote,
    get bufferedBytes() {
      return connection.bufferedBytes
    },
    attach: handlers => connection.attach(handlers),
    write(data) {
      note(transport, connection.remote, data)
      connection.write(data)
    },
    end: () => connection.end(),
    destroy: () => connection.destroy(),
  })
  return {
    ...network,
    async bindDatagram(at, handlers) {
      const socket = await network.bindDatagram(at, handlers)
      return {
        ...socket,
        send(data, to) {
          note('UDP', to, data)
          socket.send(data, to)
        },
      }
    },
    listenStream: (at, onConnection, identity) =>
      network.listenStream(
        at,
        connection => onConnection(tap(connection, identity === undefined ? 'TCP' : 'TLS')),
        identity,
      ),
    connectStream(to, tls) {
      const transport = tls === undefined ? 'TCP' : 'TLS'
      note(transport, to, '')
      return tap(network.connectStream(to, tls), transport)
    },
  }
}

/** What was said, read. */
export function responses(sent: readonly Sent[]): SipResponse[] {
  return sent.flatMap(({ text }) => {
    const result = parseMessage(Buffer.from(text))
    return result.ok && result.message.kind === 'response' ? [result.message] : []
  })
}

export function requests(sent: readonly Sent[]): SipRequest[] {
  return sent.flatMap(({ text }) => {
    const result = parseMessage(Buffer.from(text))
    return result.ok && result.message.kind === 'request' ? [result.message] : []
  })
}

/** Status lines, even of answers that carry back what could not be read. */
export function statuses(sent: readonly Sent[]): number[] {
  return sent.filter(({ text }) => text.startsWith('SIP/2.0 ')).map(({ text }) => Number(text.slice(8, 11)))
}
