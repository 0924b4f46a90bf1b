/** How many agents a load needs: by formula, and by simulation. */
import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'

const Share = Type.Number({ minimum: 0, maximum: 1 })

/** POST /staffing and POST /staffing-simulations */
export const StaffingQuestion = Type.Object(
  {
    calls: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000, description: 'that arrive in an interval' }),
    intervalMin: Type.Number({ exclusiveMinimum: 0, maximum: 1_440, default: 30 }),
    handleSec: Type.Number({ minimum: 1, maximum: 14_400, description: 'mean of talk and wrap-up' }),
    patienceSec: Type.Union([Type.Number({ minimum: 1, maximum: 14_400 }), Type.Null()], {
      default: null,
      description: 'mean time after which a caller gives up; null: nobody does',
    }),
    targetSec: Type.Number({ minimum: 0, maximum: 3_600, default: 20 }),
    targetShare: Type.Number({ minimum: 0, maximum: 0.9999, default: 0.8 }),
    agents: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_000,
        description: 'the middle of the levels; default: as many as it needs',
      }),
    ),
  },
  { additionalProperties: false },
)
export type StaffingQuestion = Static<typeof StaffingQuestion>

export const StaffingFigures = Type.Object({
  agents: Type.Integer(),
  waitProbability: Share,
  asaSec: Type.Number(),
  serviceLevel: Share,
  abandonment: Share,
  occupancy: Share,
  waiting: Type.Number({ description: 'mean number of waiting calls' }),
})
export type StaffingFigures = Static<typeof StaffingFigures>

/** `erlangC` is null where the agents can't keep up; `erlangA` where nobody gives up. */
export const StaffingReply = Type.Object({
  erlangs: Type.Number({ description: 'work that arrives, in agents' }),
  needed: Type.Object(
    { erlangC: Nullable(Type.Integer()), erlangA: Nullable(Type.Integer()) },
    { description: 'fewest agents that meet the target' },
  ),
  levels: Type.Array(
    Type.Object({
      agents: Type.Integer(),
      erlangC: Nullable(StaffingFigures),
      erlangA: Nullable(StaffingFigures),
    }),
  ),
})
export type StaffingReply = Static<typeof StaffingReply>

const Estimated = Nullable(
  Type.Object(
    { value: Type.Number(), low: Type.Number(), high: Type.Number() },
    { description: 'with its 95 % confidence interval' },
  ),
)

export const SimulatedStaffingReply = Type.Object({
  calls: Type.Integer({ description: 'simulated, over all levels' }),
  levels: Type.Array(
    Type.Object({
      agents: Type.Integer(),
      waitProbability: Estimated,
      asaSec: Estimated,
      serviceLevel: Estimated,
      abandonment: Estimated,
      occupancy: Estimated,
    }),
  ),
})
export type SimulatedStaffingReply = Static<typeof SimulatedStaffingReply>
