/** A user agent on a virtual network with a test clock, and peers that say exactly what a test makes them say. */
import type { Logger } from '../../ports/logger.ts'
import type { SocketAddress, StreamConnection } from '../../ports/network.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock, type TestClock } from '../../simulation/test-clock.ts'
import { createTestIds } from '../../simulation/test-ids.ts'
import { createVirtualNetwork, type NetworkConditions, type VirtualNetwork } from '../../simulation/virtual-network.ts'
import { noSessionTimer, type SessionSettings } from '../dialog/session-timer.ts'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import type { Flow } from '../transport/flow.ts'
import type { ListenAddress } from '../transport/listen-address.ts'
import { type IncomingRequest, UserAgent } from '../user-agent/user-agent.ts'
import { type RequestText, type ResponseText, requestText, responseText } from './wire.ts'

export const ownHost = '10.0.0.1'
export const peerHost = '10.0.0.2'

export interface Heard {
  /** Milliseconds since the stage was built. */
  readonly atMs: number
  readonly message: SipMessage
}

/** A peer that does nothing by itself. */
export interface Peer {
  readonly heard: readonly Heard[]
  send(text: string | Uint8Array): void
  request(options: RequestText): void
  respond(to: SipRequest, status: number, options?: ResponseText): void
  /** Requests of a method, in order of arrival; copies too. */
  requests(method: string): SipRequest[]
  /** Responses to a method, in order of arrival. */
  responses(method: string): SipResponse[]
  /** Their status codes. */
  statuses(method: string): number[]
  /** When each message that fits arrived. */
  times(fits: (message: SipMessage) => boolean): number[]
  /** The last request of a method. @throws Error if there is none. */
  last(method: string): SipRequest
  lastResponse(method: string): SipResponse
  forget(): void
}

export type ConnectedPeer = Peer & { readonly connection: StreamConnection; readonly closed: () => boolean }

export interface Stage {
  readonly clock: TestClock
  readonly network: VirtualNetwork
  readonly userAgent: UserAgent
  readonly peer: Peer
  /** Requests outside dialogs that the user agent handed up. */
  readonly incoming: IncomingRequest[]
  readonly closedFlows: Flow[]
  /** What peers were sent and could not read. */
  readonly unreadable: string[]
  /** Errors that were logged. */
  readonly faults: unknown[]
  /** Replaces what happens to a request outside dialogs; by default it is only noted. */
  onRequest: (incoming: IncomingRequest) => void
  /** A further peer, over UDP. */
  addPeer(at: SocketAddress): Promise<Peer>
  /** A peer that listens by TCP: the connections that it was given so far. */
  listenAt(at: SocketAddress): Promise<readonly ConnectedPeer[]>
  /** A peer over a TCP connection to the user agent. */
  connect(host: string): ConnectedPeer
  flowToPeer(): Flow
  /** The DNS has answered what it was asked, and what waited for that is sent. */
  dnsAnswers(): Promise<void>
}

export async function createStage(
  options: {
    readonly seed?: number
    readonly conditions?: Partial<NetworkConditions>
    /** Session timers; none by default. */
    readonly session?: SessionSettings
    /** What the user agent listens by; by default UDP and TCP. */
    readonly listen?: readonly ListenAddress['transport'][]
  } = {},
): Promise<Stage> {
  const clock = createTestClock(0)
  const random = createSeededRandom(options.seed ?? 1)
  const network = createVirtualNetwork({ clock, random, conditions: options.conditions ?? {} })
  const incoming: IncomingRequest[] = []
  const closedFlows: Flow[] = []
  const faults: unknown[] = []
  const unreadable: string[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: fields => faults.push('err' in fields ? fields.err : fields),
    child: () => logger,
  }
  const userAgent = new UserAgent({
    clock,
    random,
    ids: createTestIds(),
    logger,
    network: network.host(ownHost),
    listen: (options.listen ?? ['UDP', 'TCP']).map(transport => ({ transport, host: ownHost, port: 5060 })),
    advertise: [],
    product: 'test',
    session: () => options.session ?? noSessionTimer,
    handlers: {
      onRequest: request => stage.onRequest(request),
      onFlowClosed: flow => closedFlows.push(flow),
    },
  })
  await userAgent.listen()

  function hear(heard: Heard[], data: Uint8Array): void {
    const result = parseMessage(data)
    if (result.ok) heard.push({ atMs: clock.now(), message: result.message })
    else unreadable.push(new TextDecoder().decode(data))
  }

  async function addPeer(at: SocketAddress): Promise<Peer> {
    const heard: Heard[] = []
    const socket = await network.host(at.host).bindDatagram(at, {
      onMessage: data => hear(heard, data),
      onError: error => faults.push(error),
    })
    return peerOf(heard, text => socket.send(text, { host: ownHost, port: 5060 }))
  }

  function connected(connection: StreamConnection): ConnectedPeer {
    const heard: Heard[] = []
    let closed = false
    connection.attach({
      onData: data => hear(heard, data),
      onClose: () => {
        closed = true
      },
    })
    return { ...peerOf(heard, text => connection.write(text)), connection, closed: () => closed }
  }

  function peerOf(heard: Heard[], send: (text: string | Uint8Array) => void): Peer {
    const settle = (text: string | Uint8Array) => {
      send(text)
      clock.advance(0)
    }
    const requests = (method: string) =>
      heard.flatMap(({ message: it }) => (it.kind === 'request' && it.method === method ? [it] : []))
    const responses = (method: string) =>
      heard.flatMap(({ message: it }) => (it.kind === 'response' && it.headers.cseq?.method === method ? [it] : []))
    return {
      heard,
      send: settle,
      request: text => settle(requestText(text)),
      respond: (to, status, text) => settle(responseText(to, status, text)),
      requests,
      responses,
      statuses: method => responses(method).map(({ status }) => status),
      times: fits => heard.filter(({ message: it }) => fits(it)).map(({ atMs }) => atMs),
      last: method => present(requests(method).at(-1), method),
      lastResponse: method => present(responses(method).at(-1), method),
      forget: () => heard.splice(0),
    }
  }

  const stage: Stage = {
    clock,
    network,
    userAgent,
    peer: await addPeer({ host: peerHost, port: 5060 }),
    incoming,
    closedFlows,
    faults,
    unreadable,
    onRequest: request => incoming.push(request),
    addPeer,
    async listenAt(at) {
      const given: ConnectedPeer[] = []
      await network.host(at.host).listenStream(at, connection => void given.push(connected(connection)))
      return given
    },
    connect(host) {
      const peer = connected(network.host(host).connectStream({ host: ownHost, port: 5060 }))
      clock.advance(0)
      return peer
    },
    async dnsAnswers() {
      // Questions that follow from answers have a turn each.
      for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
      clock.advance(0)
    },
    flowToPeer: () => present(userAgent.flowTo(`sip:${peerHost}:5060`), 'flow'),
  }
  return stage
}

export function present<T>(value: T | null | undefined, what = 'value'): T {
  if (value === null || value === undefined) throw new Error(`there is no ${what}`)
  return value
}
