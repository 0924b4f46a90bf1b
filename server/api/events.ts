/** GET /events?after=: the journal by cursor. */
import Type, { type Static } from 'typebox'

export const EventsQuery = Type.Object({
  after: Type.String({ pattern: '^[0-9]{1,19}$', default: '0' }),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
})
export type EventsQuery = Static<typeof EventsQuery>

export const EventItem = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String(),
    source: Type.String(),
    type: Type.String(),
    subject: Type.String(),
    time: Type.String(),
    datacontenttype: Type.String(),
    sequence: Type.Optional(Type.String()),
    cursor: Type.Optional(Type.String()),
    correlationid: Type.Optional(Type.String()),
    data: Type.Unknown(),
  },
  { additionalProperties: true },
)
export type EventItem = Static<typeof EventItem>
