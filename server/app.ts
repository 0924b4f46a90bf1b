/** Builds the HTTP side of the server as a value: tests inject into it, the process listens with it. */
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import type { Engine } from '../engine/api.ts'
import { createPasswords } from '../engine/node/passwords.ts'
import type { AccountStore } from '../engine/ports/accounts.ts'
import type { Clock } from '../engine/ports/clock.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { PasswordHash } from '../engine/ports/password-hash.ts'
import { apiPrefix } from './api/common.ts'
import { createAgentAccounts } from './auth/accounts.ts'
import { createAuthenticator } from './auth/authenticator.ts'
import { registerAuthentication } from './auth/hooks.ts'
import { type CenterKeeper, createCenterKeeper } from './center-keeper.ts'
import type { App, AppContext } from './context.ts'
import { dashboardFolder, packageVersion } from './files.ts'
import { registerProblems } from './problems.ts'
import { registerRealtime } from './realtime/realtime.ts'
import { agentWorkRoutes } from './routes/agent-work.ts'
import { agentRoutes } from './routes/agents.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { callbackRoutes } from './routes/callbacks.ts'
import { callRoutes } from './routes/calls.ts'
import { centerRoutes } from './routes/center.ts'
import { centerEntryRoutes } from './routes/center-entries.ts'
import { registerDashboard } from './routes/dashboard.ts'
import { registerDocumentation } from './routes/documentation.ts'
import { eventRoutes } from './routes/events.ts'
import { hoursRoutes } from './routes/hours.ts'
import { operationRoutes } from './routes/operations.ts'
import { queueRoutes } from './routes/queues.ts'
import { screenPopRoutes } from './routes/screenpops.ts'
import { sessionRoutes } from './routes/session.ts'
import { staffingRoutes } from './routes/staffing.ts'
import { trunkRoutes } from './routes/trunks.ts'
import { voicemailRoutes } from './routes/voicemail.ts'
import { registerSipSocket } from './sip-socket.ts'
import { systemClock } from './system-clock.ts'
import { validatorCompiler } from './validation.ts'

export interface AppOptions {
  readonly engine: Engine
  readonly accounts: AccountStore
  readonly settings: { readonly httpHost: string; readonly httpOrigins: readonly string[] }
  readonly logger: Logger
  readonly clock?: Clock
  readonly passwords?: PasswordHash
  /** Where the built dashboard is. */
  readonly dashboardFolder?: string
}

export interface BuiltApp {
  readonly app: App
  /** Applies definitions; the same one that PUT /center uses. */
  readonly centerKeeper: CenterKeeper
}

/** The Fastify instance, ready for `inject` or `listen`. Closing it ends every socket. */
export async function buildApp(options: AppOptions): Promise<App> {
  return (await buildAppAround(options)).app
}

/** As {@link buildApp}, with what the process needs beside it. */
export async function buildAppAround(options: AppOptions): Promise<BuiltApp> {
  const { engine, accounts, settings, logger, clock = systemClock, passwords = createPasswords() } = options
  const agentAccounts = createAgentAccounts({
    accounts,
    passwords,
    endSessionsOf: username => authenticator.endSessionsOf(username),
  })
  const authenticator = createAuthenticator({ accounts, passwords, clock, settle: agentAccounts.settle })
  const centerKeeper = createCenterKeeper(engine, agentAccounts)
  const originPolicy = { origins: settings.httpOrigins, httpHost: settings.httpHost }
  const context: AppContext = { engine, clock, logger, authenticator, centerKeeper, originPolicy }

  // A proxy on the same machine may say whom it speaks for; anybody else may not.
  const app: App = Fastify({
    trustProxy: 'loopback',
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // The schemas document; what is sent was typed where it was made, and must not lose what is added later.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  registerProblems(app, logger)

  await app.register(helmet, { contentSecurityPolicy: { directives: pageDirectives }, hsts: false })
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  await registerDocumentation(app, packageVersion())
  await app.register(async root => operationRoutes(root as App, context))
  await app.register(
    async root => {
      const api = root as App
      registerAuthentication(api, context)
      sessionRoutes(api, context)
      queueRoutes(api, context)
      callbackRoutes(api, context)
      hoursRoutes(api, context)
      trunkRoutes(api, context)
      staffingRoutes(api)
      agentRoutes(api, context)
      agentWorkRoutes(api, context)
      callRoutes(api, context)
      voicemailRoutes(api, context)
      eventRoutes(api, context)
      screenPopRoutes(api, context)
      centerRoutes(api, context)
      centerEntryRoutes(api, context)
      apiKeyRoutes(api, context)
    },
    { prefix: apiPrefix },
  )
  await registerDashboard(app, options.dashboardFolder ?? dashboardFolder())
  registerRealtime(app, context)
  registerSipSocket(app, context)
  return { app, centerKeeper }
}

/** What the dashboard's pages may load. Styles are inline because the component library computes them. */
const pageDirectives = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'self'"],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  // Inside a company it often runs without TLS; forcing https there would break the page.
  upgradeInsecureRequests: null,
}
