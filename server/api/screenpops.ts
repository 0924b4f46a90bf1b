/** Screen pops over REST; the realtime interface is the better way. */
import Type, { type Static } from 'typebox'

/** POST /screenpops/:id/ack */
export const ScreenPopResult = Type.Object(
  { result: Type.String({ minLength: 1, maxLength: 200, description: 'what was done with it, e.g. "shown"' }) },
  { additionalProperties: false },
)
export type ScreenPopResult = Static<typeof ScreenPopResult>
