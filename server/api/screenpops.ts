/** Screen pops over REST; the realtime interface is the better way. */
import Type, { type Static } from 'typebox'
import { Line } from './common.ts'

/** POST /screenpops/:id/ack */
export const ScreenPopResult = Type.Object(
  { result: Line({ minLength: 1, maxLength: 200, description: 'what was done with it, e.g. "shown"' }) },
  { additionalProperties: false },
)
export type ScreenPopResult = Static<typeof ScreenPopResult>
