/**
 * A phone made of JsSIP over WebSocket. Node has no WebRTC, so what JsSIP takes for a browser's is a stand-in that hands
 * out one session description: the signalling is JsSIP's own, audio there is none.
 */
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession.js'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Engine } from '../../engine/index.ts'

const sdp =
  'v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39999 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n'

class StandInConnection extends EventTarget {
  readonly iceGatheringState = 'complete'
  readonly iceConnectionState = 'connected'
  readonly signalingState = 'stable'
  localDescription: unknown = null
  readonly createOffer = async () => ({ type: 'offer', sdp })
  readonly createAnswer = async () => ({ type: 'answer', sdp })
  readonly setRemoteDescription = async () => {}
  readonly getSenders = () => []
  readonly close = () => {}
  async setLocalDescription(description: unknown): Promise<void> {
    this.localDescription = description
  }
}

class StandInDescription {
  constructor(given: object) {
    Object.assign(this, given)
  }
}

Object.assign(globalThis, {
  window: globalThis,
  RTCPeerConnection: StandInConnection,
  RTCSessionDescription: StandInDescription,
})
const mediaStream = {
  getTracks: () => [],
  getAudioTracks: () => [],
  getVideoTracks: () => [],
} as never

/** Serves `/sip` for an engine as an embedder would; the URL. */
export async function serveSipSocket(engine: Engine, host = '127.0.0.1'): Promise<string> {
  const server = new WebSocketServer({ host, port: 0, path: '/sip', handleProtocols: () => 'sip', maxPayload: 65_536 })
  server.on('connection', (socket, request: IncomingMessage) => {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = request.socket
    engine.acceptSipSocket(socket, {
      remote: { host: remoteAddress, port: remotePort },
      local: { host: localAddress, port: localPort },
      secure: false,
      stream: request.socket,
    })
  })
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await new Promise(resolve => server.once('listening', resolve))
  return `ws://${host}:${(server.address() as AddressInfo).port}/sip`
}

export class JsSipPhone {
  readonly #userAgent: JsSIP.UA
  readonly #sessions: RTCSession[] = []
  readonly told: string[] = []

  constructor(url: string, user: string, password: string, answers: boolean) {
    this.#userAgent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${user}@strowger.invalid`,
      password,
      register: true,
      register_expires: 60,
      session_timers: false,
    })
    for (const type of ['registered', 'registrationFailed', 'disconnected'] as const)
      this.#userAgent.on(type, () => this.told.push(type))
    this.#userAgent.on('newRTCSession', ({ session }: { session: RTCSession }) => {
      this.#follow(session)
      if (session.direction !== 'incoming') return
      this.told.push('rung')
      if (answers) session.answer({ mediaStream })
    })
    this.#userAgent.start()
    onTestFinished(() => this.#userAgent.stop())
  }

  call(user: string): void {
    this.#userAgent.call(`sip:${user}@strowger.invalid`, { mediaStream })
  }

  hangUp(): void {
    this.#sessions.at(-1)?.terminate()
  }

  hold(): void {
    this.#sessions.at(-1)?.hold()
  }

  /** Has whom it talked to first join whom it talks to now. */
  attendedTransfer(): void {
    const [first, second] = this.#sessions
    if (first === undefined || second === undefined) throw new Error('there are no two calls')
    first.refer('sip:anyone@strowger.invalid', {
      replaces: second,
      eventHandlers: {
        accepted: () => this.told.push('transfer accepted'),
        failed: () => this.told.push('transfer failed'),
      },
    } as never)
  }

  /** Drops the connection without a word, as a page that is closed. */
  vanish(): void {
    this.#userAgent.stop()
  }

  #follow(session: RTCSession): void {
    this.#sessions.push(session)
    for (const type of ['progress', 'confirmed', 'ended', 'failed'] as const)
      session.on(type, (event: unknown) => {
        const cause = typeof event === 'object' && event !== null && 'cause' in event ? ` ${String(event.cause)}` : ''
        this.told.push(`${type}${cause}`)
      })
  }
}
