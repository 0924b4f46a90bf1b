/** Why an offer went where it went. */
import Type, { type Static } from 'typebox'
import { Nullable } from './shapes.ts'

const Count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }))

export const Meanwhile = Type.Object(
  {
    agents: Type.Integer({ minimum: 1, description: 'How often an agent who suits it was given to another call' }),
    before: Count('To calls that were before it in line'),
    priority: Count('To calls of higher priority'),
    queue: Count('To calls of queues that those agents take first'),
    objective: Count('To calls that were nearer to missing the target of their queue'),
    fit: Count('To calls that were matched together, and fitted those agents better'),
    kept: Count('To calls before it, or behind it by agents whom it is to avoid, or who have refused it'),
  },
  {
    description:
      'Who was served while a visit waited, since it was enqueued or offered last, by the rule that decided; what is absent is 0',
  },
)
export type Meanwhile = Static<typeof Meanwhile>

export const Explanation = Type.Object(
  {
    strategy: Type.String(),
    reason: Type.String({ description: 'Why the chosen agent won, in words' }),
    candidates: Type.Array(
      Type.Object({ agentId: Type.String(), score: Type.Number(), chosen: Type.Boolean(), reason: Type.String() }),
      { description: 'The best candidates, best first; at most ten' },
    ),
    candidateCount: Type.Integer({
      description: 'How many might have had it; where calls are matched together, when their window ended',
    }),
    excluded: Type.Array(
      Type.Object({
        agentId: Type.String(),
        reason: Type.String(),
        unmet: Type.Optional(
          Type.Array(Type.Object({ skill: Type.String(), has: Type.Integer(), needs: Type.String() }), {
            description: 'Skills that the agent does not have as needed; has 0: not at all',
          }),
        ),
      }),
      { description: 'Agents who were free but not eligible; at most ten' },
    ),
    notFree: Type.Record(Type.String(), Type.Integer(), {
      description: "How many of the queue's agents were in each state that excludes them",
    }),
    waiting: Type.Integer({ description: 'Visits waiting in the queue at that moment' }),
    position: Type.Integer({ description: 'Place of this visit: 1 is first' }),
    step: Nullable(Type.String({ description: 'Relaxation step in force' })),
    asks: Type.Optional(
      Type.String({ description: 'All that a step asks for whose name does not say so: a ring; empty: anyone' }),
    ),
    meanwhile: Type.Optional(Meanwhile),
    scoreMeaning: Type.Optional(Type.String({ description: 'What a score is; the highest wins' })),
  },
  { description: 'Why an offer went where it went' },
)
export type Explanation = Static<typeof Explanation>
