/** Socket.IO at the origin of the dashboard: who may connect, and what each socket may ask for. */
import type { IncomingHttpHeaders } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import { Compile } from 'typebox/compile'
import { EngineError } from '../../engine/errors.ts'
import { type ClientToServerEvents, ScreenPopAck, type ServerToClientEvents, Subscribe } from '../api/realtime.ts'
import { notAuthenticated } from '../auth/authenticator.ts'
import { bearerOf, sessionCookie } from '../auth/hooks.ts'
import { isCookieTrusted, isSocketOriginAllowed } from '../auth/origins.ts'
import { demand, type Principal } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { checked } from '../validation.ts'
import { createDesks } from './desks.ts'
import { createHub } from './hub.ts'
import { createOutbox } from './outbox.ts'
import { createPopRepeater } from './pops.ts'
import { createSubscriber, defaultLimits, type RealtimeLimits } from './subscriber.ts'

/** A session that has expired, or was ended behind our back, loses its sockets within this time. */
export const recheckEveryMs = 30_000

interface SocketData {
  principal: Principal
}
type RealtimeServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>
type RealtimeSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>

const subscribeValidator = Compile(Subscribe)
const ackValidator = Compile(ScreenPopAck)

export function registerRealtime(app: App, context: AppContext, limits: RealtimeLimits = defaultLimits): void {
  const { engine, clock, logger, authenticator, originPolicy } = context
  const isAllowed = ({ headers }: { headers: IncomingHttpHeaders }) => isSocketOriginAllowed(headers, originPolicy)
  const io: RealtimeServer = new Server(app.server, {
    // What clients send is small; a large packet is a mistake or an attack.
    maxHttpBufferSize: 64 * 1024,
    allowRequest: (request, decide) => decide(isAllowed(request) ? null : 'origin not allowed', isAllowed(request)),
    cors: (request, decide) => decide(null, { origin: isAllowed(request) && (request.headers.origin ?? false) }),
  })
  const hub = createHub(engine)
  const desks = createDesks(engine)
  const pops = createPopRepeater({ engine, hub, clock, logger })

  io.use((socket, next) => {
    identify(socket).then(
      principal => {
        socket.data.principal = principal
        next()
      },
      (error: unknown) => {
        const { code, message } = describe(error)
        next(Object.assign(new Error(message), { data: { code, message } }))
      },
    )
  })

  async function identify(socket: RealtimeSocket): Promise<Principal> {
    const { auth, headers } = socket.handshake
    const cookie = isCookieTrusted(headers, originPolicy)
      ? app.parseCookie(headers.cookie ?? '')[sessionCookie]
      : undefined
    const given: unknown = auth.token ?? bearerOf(headers.authorization) ?? cookie
    const principal = typeof given === 'string' && given !== '' ? await authenticator.identify(given) : null
    if (principal === null) throw notAuthenticated()
    return principal
  }

  function describe(error: unknown): { code: string; message: string } {
    if (error instanceof EngineError) return { code: error.code, message: error.message }
    logger.error({ err: error }, 'a socket request failed')
    return { code: 'server.failed', message: 'The server failed to answer.' }
  }

  io.on('connection', socket => {
    const { principal } = socket.data
    const outbox = createOutbox({
      emit: (type, payload) => socket.emit(type as 'resync', payload as never),
      onDrain: callback => socket.conn.on('drain', callback),
    })
    const subscriber = createSubscriber({
      engine,
      hub,
      clock,
      logger,
      outbox,
      principal,
      limits,
      onSnapshot: live => pops.sendOpenTo(live),
    })

    socket.on('subscribe', (request, reply) => {
      const answer = typeof reply === 'function' ? reply : () => undefined
      try {
        const subscription = checked(subscribeValidator, request, 'subscribe')
        void pops.adopt().then(() => subscriber.subscribe(subscription, answer))
      } catch (error) {
        answer({ error: describe(error) })
      }
    })

    socket.on('screenpop.ack', (ack, reply) => {
      const answer = typeof reply === 'function' ? reply : () => undefined
      try {
        const { popId, result } = checked(ackValidator, ack, 'screenpop.ack')
        demand(principal, 'screenpops.acknowledge')
        const pop = engine.screenpops.find(popId)
        if (pop === null) throw new EngineError('screenpop.unknown', `There is no open screen pop ${popId}.`)
        demand(principal, 'screenpops.acknowledge', pop.agentId)
        engine.screenpops.acknowledge(popId, result, { actor: principal.actor })
        answer({ ok: true })
      } catch (error) {
        answer({ error: describe(error) })
      }
    })

    const closeDesk = principal.agentId === null ? null : desks.open(principal.agentId)
    socket.on('disconnect', () => {
      subscriber.close()
      closeDesk?.()
    })
  })

  const stopWatchingEnds = authenticator.onEnded(isAffected => {
    for (const socket of io.of('/').sockets.values()) if (isAffected(socket.data.principal)) socket.disconnect(true)
  })

  async function recheck(): Promise<void> {
    const byCredential = new Map<string, RealtimeSocket[]>()
    for (const socket of io.of('/').sockets.values()) {
      const { id } = socket.data.principal.credential
      byCredential.set(id, [...(byCredential.get(id) ?? []), socket])
    }
    for (const [first, ...others] of byCredential.values()) {
      if (first === undefined || (await authenticator.recheck(first.data.principal))) continue
      for (const socket of [first, ...others]) socket.disconnect(true)
    }
  }

  let isClosed = false
  const armRecheck = () =>
    clock.setTimeout(() => {
      recheck()
        // A store that can't answer now is no reason to throw people out.
        .catch(error => logger.warn({ err: error }, 'sessions of open sockets could not be checked'))
        .finally(() => {
          if (!isClosed) timer = armRecheck()
        })
    }, recheckEveryMs)
  let timer = armRecheck()

  app.addHook('preClose', async () => {
    isClosed = true
    clock.clearTimeout(timer)
    stopWatchingEnds()
    pops.close()
    hub.close()
    io.disconnectSockets(true)
    // Not io.close(): that closes the HTTP server, which is Fastify's.
    io.engine.close()
    await io.of('/').adapter.close()
  })
}
