/** What is simulated: a center, who calls it, and who is there to answer. One schema, as for the center's definition. */
import Type, { type Static } from 'typebox'
import { CenterConfig } from '../config.ts'
import { Distribution } from './draws.ts'

const closed = { additionalProperties: false }
const Minutes = Type.Number({ minimum: 0, maximum: 10_000_000 })
const PerHour = Type.Number({ minimum: 0, maximum: 1_000_000 })

export const ArrivalStream = Type.Object(
  {
    number: Type.String({ minLength: 1, description: 'what is dialled: an entry of `center.numbers`' }),
    perHour: Type.Optional(
      Type.Union([PerHour, Type.Array(Type.Object({ fromMin: Minutes, perHour: PerHour }, closed), { minItems: 1 })], {
        description: 'calls at random at this rate, or at the rate that holds from each minute on',
      }),
    ),
    atSec: Type.Optional(
      Type.Array(Type.Number({ minimum: 0 }), { description: 'instead: seconds from the start at which calls arrive' }),
    ),
    talk: Distribution,
    wrapUp: Type.Optional(Distribution),
    patience: Type.Union([Distribution, Type.Null()], { default: null, description: 'null: they wait for ever' }),
  },
  { ...closed, description: 'calls of one kind' },
)
export type ArrivalStream = Static<typeof ArrivalStream>

export const StaffGroup = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$', description: 'agents are called ID-1, ID-2, …' }),
    agents: Type.Integer({ minimum: 1, maximum: 10_000 }),
    queues: CenterConfig.properties.agents.items.properties.queues,
    skills: CenterConfig.properties.agents.items.properties.skills,
    present: Type.Array(
      Type.Object({ fromMin: Minutes, toMin: Minutes }, { ...closed, required: ['fromMin', 'toMin'] }),
      { default: [], description: 'shifts; none: always. Who works at the end of a shift finishes the call' },
    ),
    answer: Type.Union([Distribution, Type.Null()], {
      default: null,
      description: 'how long they let it ring; null: 0',
    }),
  },
  { ...closed, description: 'agents who are all alike' },
)
export type StaffGroup = Static<typeof StaffGroup>

export const Scenario = Type.Object(
  {
    name: Type.String({ default: '' }),
    seed: Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1, description: 'the same seed gives the same run' }),
    startsAt: Type.String({ default: '2026-01-05T09:00:00Z', description: 'RFC 3339; opening hours look at it' }),
    warmUpMin: Type.Number({ minimum: 0, maximum: 10_000_000, default: 0, description: 'not measured' }),
    lengthMin: Type.Number({
      exclusiveMinimum: 0,
      maximum: 10_000_000,
      description: 'measured, after the warm-up; default where a journal is replayed: as long as that',
    }),
    intervals: Type.Integer({ minimum: 2, maximum: 1_000, default: 20, description: 'parts of the measured time' }),
    replications: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 1,
      description: 'runs with lots of their own; with one, the intervals stand for them (batch means)',
    }),
    center: Type.Unknown({ description: 'a center definition' }),
    through: Type.Enum(['legs', 'sip'], {
      default: 'legs',
      description: 'virtual legs; or the whole SIP stack, on a network without loss: some five times the work',
    }),
    arrivals: Type.Array(ArrivalStream, {
      maxItems: 500,
      default: [],
      description: 'at least one; none where a journal is replayed, which has the calls',
    }),
    staff: Type.Array(StaffGroup, {
      default: [],
      description: 'in addition to the agents of the center; where a journal is replayed, in place of who was there',
    }),
  },
  closed,
)
/** A complete scenario: every default filled in. Minutes count from the start, the warm-up included. */
export type Scenario = Static<typeof Scenario>
