/** What a call can ask of agents, as a definition says it: skills, steps, agents whom it would rather have, or not have. */
import Type, { type Static } from 'typebox'
import { Ref } from './config-terms.ts'

const closed = { additionalProperties: false }

/** As `billing >= 5 and (lang.en or lang.de >= 3) and not trainee`. */
export const SkillExpression = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'skills joined by and, or, not',
})

export const RoutingStep = Type.Object(
  {
    expression: SkillExpression,
    afterMs: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'given up this long after it began' }),
  },
  { ...closed, title: 'Step' },
)
export type RoutingStep = Static<typeof RoutingStep>

/** RFC 3339. */
const instantPattern =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$'

const PreferredAgent = Type.Union(
  [
    Ref('agents', 'whom the call would rather have'),
    Type.Object(
      {
        agentId: Ref('agents', 'whom the call would rather have'),
        score: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 100, description: 'the highest is tried first; default 50' }),
        ),
        until: Type.Optional(
          Type.String({ pattern: instantPattern, description: 'no longer than until then, as 2026-12-24T12:00:00Z' }),
        ),
        forMs: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'no longer than this from the step on' }),
        ),
      },
      { ...closed, required: ['agentId'] },
    ),
  ],
  { title: 'Agent' },
)

/** What a step of a flow may ask for the calls that wait after it. */
export const callWishes = {
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'the highest goes first' })),
  requirements: Type.Optional(SkillExpression),
  steps: Type.Optional(
    Type.Array(RoutingStep, {
      maxItems: 20,
      title: 'Wishes',
      description: "in place of the queue's: asked for one after the other",
    }),
  ),
  preferredAgents: Type.Optional(
    Type.Array(PreferredAgent, {
      maxItems: 20,
      description: 'the queue says how long a call waits for them',
    }),
  ),
  avoidAgents: Type.Optional(
    Type.Array(Ref('agents', 'who is not to have it'), {
      maxItems: 20,
      description: 'not rung while another one who suits is signed in',
    }),
  ),
}
const CallWishes = Type.Object(callWishes)
export type CallWishes = Static<typeof CallWishes>

/** The same, as a program may say it. */
interface AskedOfAgents {
  readonly requirements?: string
  readonly steps?: readonly RoutingStep[]
  readonly preferredAgents?: readonly (
    | string
    | { readonly agentId: string; readonly score?: number; readonly until?: string; readonly forMs?: number }
  )[]
  readonly avoidAgents?: readonly string[]
}

/** As an engine takes it. @param nowMs what `forMs` counts from, which only definitions have */
export function routingOf({ requirements, steps, preferredAgents, avoidAgents }: AskedOfAgents, nowMs = 0) {
  return {
    ...(requirements === undefined ? {} : { requirements }),
    ...(steps === undefined ? {} : { steps }),
    ...(preferredAgents === undefined
      ? {}
      : { preferredAgents: preferredAgents.map(one => preferredFrom(one, nowMs)) }),
    ...(avoidAgents === undefined ? {} : { avoidAgents }),
  }
}

function preferredFrom(one: NonNullable<AskedOfAgents['preferredAgents']>[number], nowMs: number) {
  if (typeof one === 'string') return { agentId: one }
  const { forMs, ...agent } = one
  return forMs === undefined ? agent : { ...agent, until: new Date(nowMs + forMs).toISOString() }
}
