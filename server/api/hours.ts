/** Opening hours, and what somebody says whatever they are. */
import Type, { type Static } from 'typebox'
import { Line, Nullable } from './common.ts'

const Instant = Type.String({ description: 'RFC 3339' })
const State = Type.Enum(['open', 'closed'])

export const HoursReply = Type.Object({
  id: Type.String(),
  timeZone: Type.String(),
  open: Type.Boolean(),
  because: Type.Enum(['emergency', 'exception', 'weekly']),
  name: Nullable(Type.String({ description: 'Of the exception of today' })),
  nextChangeAt: Nullable(Instant),
  emergency: Nullable(State),
  override: Nullable(
    Type.Object({
      state: State,
      reason: Type.String(),
      actor: Type.String(),
      since: Instant,
      until: Nullable(Instant),
    }),
  ),
})
export type HoursReply = Static<typeof HoursReply>

/** PUT /hours/:id/override */
export const HoursOverride = Type.Object(
  {
    state: Type.Union([State, Type.Null()], { description: 'null: the calendar holds again' }),
    until: Type.Optional(Line({ maxLength: 40, description: 'RFC 3339; absent: until it is taken back' })),
    reason: Line({ default: '', maxLength: 200 }),
  },
  { additionalProperties: false },
)
export type HoursOverride = Static<typeof HoursOverride>
