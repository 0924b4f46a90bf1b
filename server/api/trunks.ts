/** Trunks as operators see them: where calls go, and whether we are registered there. */
import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'

export const TrunkReply = Type.Object({
  id: Type.String(),
  host: Nullable(Type.String({ description: 'null: it only brings calls' })),
  transport: Type.Enum(['udp', 'tcp', 'tls']),
  registration: Nullable(
    Type.Object(
      {
        registered: Type.Boolean(),
        since: Type.String({ description: 'RFC 3339' }),
        reason: Nullable(Type.String({ description: 'Why not; null before the first try has ended' })),
        sipCode: Nullable(Type.Integer()),
      },
      { description: 'null: none is asked for' },
    ),
  ),
})
export type TrunkReply = Static<typeof TrunkReply>
