/** What the routes and the realtime interface are built around. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Engine } from '../engine/api.ts'
import type { Clock } from '../engine/ports/clock.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { Authenticator } from './auth/authenticator.ts'
import type { OriginPolicy } from './auth/origins.ts'
import type { CenterKeeper } from './center-keeper.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface AppContext {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  readonly authenticator: Authenticator
  readonly centerKeeper: CenterKeeper
  readonly originPolicy: OriginPolicy
}
