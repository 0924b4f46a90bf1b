/** The OpenAPI side of a route, in one line. */
import Type, { type TSchema } from 'typebox'
import { ProblemDocument } from '../api/common.ts'

export const tags = [
  'session',
  'queues',
  'callbacks',
  'hours',
  'trunks',
  'staffing',
  'agents',
  'calls',
  'voicemail',
  'events',
  'screenpops',
  'center',
  'api keys',
] as const

export function documented<R extends TSchema>(tag: (typeof tags)[number], summary: string, reply: R) {
  return { tags: [tag], summary, response: { 200: reply, default: ProblemDocument } }
}

/** As {@link documented}, for a route that answers 204. */
export function documentedEmpty(tag: (typeof tags)[number], summary: string) {
  return { tags: [tag], summary, response: { 204: Type.Null(), default: ProblemDocument } }
}

/** The body of a route that changes the center's definition, or a part of it. */
export function centerBody<B extends TSchema>(body: B) {
  const description =
    'With If-Match: the ETag of what was read, it is refused (412) if somebody else has changed it meanwhile. ' +
    'Passwords and PINs that are left out stay as they were.'
  return { description, consumes: ['application/json', 'application/yaml'], body }
}
