/** Every refusal leaves the server as one RFC 9457 problem document. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { EngineError, type ErrorCode, errorCodes, type Problem } from '../engine/errors.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { ProblemDocument } from './api/common.ts'

/** What only HTTP can meet, beside the engine's codes. */
const httpCodes = {
  'center.unknown': 'The definition has no such entry.',
  'center.changed': 'The definition has been changed meanwhile.',
  'center.needed': 'Other parts of the definition need this entry.',
  'request.not_found': 'There is nothing at this address.',
  'request.too_many': 'Too many requests; wait a little.',
  'server.failed': 'The server failed to answer. The log says more.',
} as const
type ProblemCode = ErrorCode | keyof typeof httpCodes

const titles: Readonly<Record<ProblemCode, string>> = { ...errorCodes, ...httpCodes }

export const statusOfCode: Readonly<Record<ProblemCode, number>> = {
  'config.invalid': 422,
  'engine.state': 503,
  'sip.listen_failed': 503,
  'media.no_ports': 503,
  'media.unavailable': 503,
  'recordings.unavailable': 503,
  'store.unavailable': 503,
  'store.locked': 503,
  'agent.unknown': 404,
  'agent.conflict': 409,
  'device.unknown': 404,
  'queue.unknown': 404,
  'hours.unknown': 404,
  'flow.unknown': 404,
  'mailbox.unknown': 404,
  'voicemail.unknown': 404,
  'call.unknown': 404,
  'call.conflict': 409,
  'callback.unknown': 404,
  'callback.conflict': 409,
  'outbound.denied': 403,
  'screenpop.unknown': 404,
  'staffing.busy': 503,
  'center.unknown': 404,
  'center.changed': 412,
  'center.needed': 409,
  'auth.failed': 401,
  'auth.forbidden': 403,
  'request.invalid': 400,
  'request.not_found': 404,
  'request.too_many': 429,
  'server.failed': 500,
}

/** A refusal that only HTTP knows. */
export class HttpProblem extends Error {
  readonly code: keyof typeof httpCodes
  readonly problems: readonly Problem[]

  constructor(code: keyof typeof httpCodes, message: string, problems: readonly Problem[] = []) {
    super(message)
    this.code = code
    this.problems = problems
  }
}

export function registerProblems(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: FastifyError | EngineError | HttpProblem, request, reply) => {
    if (error instanceof EngineError) {
      const status = statusOfCode[error.code]
      if (status >= 500) logger.warn({ err: error, url: request.url }, 'request refused')
      return sendProblem(request, reply, { code: error.code, status, detail: error.message, problems: error.problems })
    }
    if (error instanceof HttpProblem) {
      const { code, message, problems } = error
      return sendProblem(request, reply, { code, status: statusOfCode[code], detail: message, problems })
    }
    const status = error.statusCode ?? 500
    if (status === 429) return sendProblem(request, reply, { code: 'request.too_many', status, detail: error.message })
    if (status >= 400 && status < 500)
      return sendProblem(request, reply, { code: 'request.invalid', status, detail: error.message })
    logger.error({ err: error, method: request.method, url: request.url }, 'request failed')
    return sendProblem(request, reply, { code: 'server.failed', status: 500 })
  })
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: { code: ProblemCode; status: number; detail?: string; problems?: readonly Problem[] },
): FastifyReply {
  const { code, status, detail, problems = [] } = problem
  const document: ProblemDocument = {
    type: `urn:strowger:problem:${code}`,
    title: titles[code],
    status,
    ...(detail === undefined ? {} : { detail }),
    instance: request.url.split('?')[0] ?? '/',
    code,
    ...(problems.length === 0 ? {} : { problems: problems.map(each => ({ ...each, value: each.value ?? null })) }),
  }
  // RFC 9110 §11.6.1: a 401 names a scheme that would be accepted.
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(status).type('application/problem+json').send(JSON.stringify(document))
}
