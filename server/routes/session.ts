/** Signing in and out. */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { EngineError } from '../../engine/errors.ts'
import { Credentials, SessionReply, WhoAmI } from '../api/session.ts'
import { principalOf, sessionCookie } from '../auth/hooks.ts'
import type { Principal } from '../auth/permissions.ts'
import { createSignInLimit } from '../auth/sign-in-limit.ts'
import type { App, AppContext } from '../context.ts'
import { HttpProblem } from '../problems.ts'
import { documented, documentedEmpty } from './documented.ts'

export function sessionRoutes(app: App, { authenticator, clock, engine }: AppContext): void {
  const limit = createSignInLimit(clock)
  const surroundings = () => {
    const { timeZone, agentPolicy } = engine.center()
    const { notReadyReasons } = agentPolicy
    return { serverTime: new Date(clock.now()).toISOString(), timeZone, notReadyReasons }
  }

  app.post(
    '/session',
    {
      // A ceiling over right and wrong passwords alike: each attempt costs a slow hash.
      config: { isOpen: true, rateLimit: { max: 120, timeWindow: 60_000 } },
      schema: { ...documented('session', 'Sign in', SessionReply), body: Credentials },
    },
    async (request, reply) => {
      const { username, password } = request.body
      const attempt = limit.begin(request.ip, username)
      if ('retryAfterMs' in attempt) {
        reply.header('retry-after', Math.ceil(attempt.retryAfterMs / 1000))
        throw new HttpProblem('request.too_many', 'Too many failed sign-ins from this address; wait a minute.')
      }
      const signedIn = await authenticator.signIn(username, password)
      if (signedIn === null) throw new EngineError('auth.failed', 'The user name or the password is wrong.')
      attempt.succeeded()
      reply.setCookie(sessionCookie, signedIn.token, cookieOptions(request))
      return {
        token: signedIn.token,
        ...identityOf(signedIn.principal),
        expiresAt: signedIn.expiresAt,
        ...surroundings(),
      }
    },
  )

  app.get('/session', { schema: documented('session', 'Who am I', WhoAmI) }, async request => ({
    ...identityOf(principalOf(request)),
    ...surroundings(),
  }))

  app.delete('/session', { schema: documentedEmpty('session', 'Sign out') }, async (request, reply) => {
    await authenticator.signOut(principalOf(request))
    reply.clearCookie(sessionCookie, cookieOptions(request))
    return reply.code(204).send(null)
  })
}

function identityOf({ user, role, agentId, scopes }: Principal) {
  return { user, role, agentId, scopes: [...scopes] }
}

/** Without an expiry of its own: the session's sliding end on the server is what counts. */
function cookieOptions(request: FastifyRequest): CookieSerializeOptions {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }
}
