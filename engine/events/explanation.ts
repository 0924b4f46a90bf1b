/** Why an offer went where it went. */
import Type, { type Static } from 'typebox'
import { Nullable } from './shapes.ts'

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
    scoreMeaning: Type.Optional(Type.String({ description: 'What a score is; the highest wins' })),
  },
  { description: 'Why an offer went where it went' },
)
export type Explanation = Static<typeof Explanation>
