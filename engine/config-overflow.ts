/** Where the callers of a queue go who wait too long, or have too little to hope for. */
import Type, { type Static } from 'typebox'
import { Circumstances } from './config-conditions.ts'
import { CallTarget } from './config-intake.ts'

export const OverflowRule = Type.Object(
  {
    afterMs: Type.Integer({ minimum: 0, maximum: 86_400_000, default: 0, description: 'of waiting; 0: on entering' }),
    when: Type.Optional(Circumstances),
    to: CallTarget,
  },
  { additionalProperties: false, required: ['to'], title: 'Rule' },
)
export type OverflowRule = Static<typeof OverflowRule>
