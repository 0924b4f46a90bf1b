/** The error taxonomy: every code an embedder, an operator or an HTTP client can meet, in one table. */

export const errorCodes = {
  'config.invalid': 'A center definition or a setting is not acceptable.',
  'engine.state': 'The engine is not in a state in which this can be done (not started, draining, stopped).',
  'sip.listen_failed': 'A SIP socket could not be opened.',
  'media.no_ports': 'No free RTP port is left in the configured range.',
  'media.unavailable': 'The media implementation failed to start or stopped.',
  'recordings.unavailable': 'Recordings can not be kept: there is no folder for them, or it can not be written.',
  'store.unavailable': 'The store can not be reached or opened.',
  'store.locked': 'Another process uses this data folder.',
  'agent.unknown': 'There is no agent with this id.',
  'agent.conflict': "The agent's present state does not allow this.",
  'device.unknown': 'There is no such phone for this agent.',
  'queue.unknown': 'There is no queue with this id.',
  'hours.unknown': 'There are no opening hours with this id.',
  'flow.unknown': 'There is no flow with this id.',
  'mailbox.unknown': 'There is no mailbox with this id.',
  'voicemail.unknown': 'There is no such message, or its recording is gone.',
  'call.unknown': 'There is no call with this id.',
  'call.conflict': "The call's present state does not allow this.",
  'callback.unknown': 'There is no open callback with this id.',
  'callback.conflict': 'The callback can not be taken: there is one already, or there are too many.',
  'outbound.denied': 'No outbound rule permits this number.',
  'screenpop.unknown': 'There is no open screen pop with this id.',
  'staffing.busy': 'Too many simulations are under way, or this one takes too long.',
  'auth.failed': 'The user name, password, token or key is wrong or has expired.',
  'auth.forbidden': 'The role or scope does not permit this.',
  'request.invalid': 'The request does not fit its schema.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** One thing that is wrong with an input: where it is, what stands there, what may stand there. */
export interface Problem {
  /** File the input came from, if it came from one. */
  readonly file?: string
  /** Path within the input, e.g. `queues[0].strategy`. */
  readonly path: string
  /** The offending value; secrets are replaced by `(secret)`. */
  readonly value: unknown
  /** What is allowed, in words. */
  readonly allowed: string
}

/** An error with a code of {@link errorCodes}. `problems` is filled for `config.invalid` and `request.invalid`. */
export class EngineError extends Error {
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; problems?: readonly Problem[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EngineError'
    this.code = code
    this.problems = options.problems ?? []
  }
}

/** One line per problem: `file: path: value is not allowed; allowed: …`. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, path, value, allowed }) => {
      const where = file === undefined ? path : `${file}: ${path}`
      return `${where}: got ${describeValue(value)}; allowed: ${allowed}`
    })
    .join('\n')
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
