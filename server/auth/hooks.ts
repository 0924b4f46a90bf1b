/** Authentication and permission of every REST request, before its body is read. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { EngineError } from '../../engine/errors.ts'
import { type Authenticator, notAuthenticated } from './authenticator.ts'
import { isCookieTrusted, type OriginPolicy } from './origins.ts'
import { demand, type Permission, type Principal } from './permissions.ts'

export const sessionCookie = 'strowger_session'
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be permitted; without it being signed in is enough. */
    permission?: Permission
    /** Open to everybody. */
    isOpen?: true
  }
  interface FastifyRequest {
    principal: Principal | null
  }
}

export function registerAuthentication(
  app: FastifyInstance,
  { authenticator, originPolicy }: { authenticator: Authenticator; originPolicy: OriginPolicy },
): void {
  app.decorateRequest('principal', null)
  app.addHook('onRequest', async request => {
    const { permission, isOpen } = request.routeOptions.config
    const bearer = bearerOf(request.headers.authorization)
    const isForgeable = bearer === null && !safeMethods.has(request.method)
    if (isForgeable && !isCookieTrusted(request.headers, originPolicy))
      throw new EngineError('auth.forbidden', 'This request comes from a page of another site.')
    if (isOpen === true) return
    const credential = bearer ?? request.cookies[sessionCookie]
    const principal = credential === undefined ? null : await authenticator.identify(credential)
    if (principal === null) throw notAuthenticated()
    request.principal = principal
    if (permission !== undefined) demand(principal, permission)
  })
}

/** @throws EngineError `auth.failed` on a route that is open to everybody. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw notAuthenticated()
  return request.principal
}

/** The credential of an `Authorization: Bearer` header (RFC 6750 §2.1); the scheme's case does not matter. */
export function bearerOf(header: string | undefined): string | null {
  const match = /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')
  return match?.[1] ?? null
}
