/** What may be asked of a call that waits before something is done with it: overflow rules and recipes ask with the same words. */
import Type, { type Static } from 'typebox'
import { Ref } from './config-terms.ts'

/** Bounds are inclusive. */
const bounds = (minimum: number, maximum: number, description: string, unit: { 'x-unit'?: 'ms' } = {}) => {
  const Bound = (which: string) => Type.Optional(Type.Integer({ minimum, maximum, description: which, ...unit }))
  return Type.Optional(
    Type.Object(
      { atLeast: Bound('so many or more'), atMost: Bound('so many or fewer') },
      { additionalProperties: false, description },
    ),
  )
}

/** All but the time that it has waited. The greatest place is what one look may have to pass over. */
export const circumstances = {
  position: bounds(1, 1000, 'its place in line; 1 is the first'),
  waiting: bounds(0, 100_000, 'how many wait in the queue, itself included'),
  ewtMs: bounds(0, 86_400_000, 'what it is still expected to wait; while nobody can tell, neither bound holds', {
    'x-unit': 'ms',
  }),
  eligible: bounds(0, 100_000, 'agents of the queue who are signed in and suit it, free or not'),
  available: bounds(0, 100_000, 'those of them who are free'),
  open: Type.Optional(Ref('hours', 'these hours are open')),
  closed: Type.Optional(Ref('hours', 'these hours are closed')),
}

export const Circumstances = Type.Object(circumstances, {
  additionalProperties: false,
  description: 'all of them hold; none: nothing else is asked',
})

export const WaitConditions = Type.Object(
  {
    waitedMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'the call has waited so long' }),
    ),
    ...circumstances,
  },
  { additionalProperties: false, default: {}, description: 'all of them hold; none: from the beginning' },
)
export type WaitConditions = Static<typeof WaitConditions>
