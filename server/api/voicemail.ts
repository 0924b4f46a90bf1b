/** Mailboxes, and the messages that callers have left in them. */
import Type, { type Static } from 'typebox'
import { VoicemailRecord } from '../../engine/records.ts'
import { Line } from './common.ts'

export { VoicemailRecord }

export const MailboxReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  messages: Type.Integer(),
  unheard: Type.Integer(),
  bytes: Type.Integer(),
  maxMessages: Type.Integer(),
  full: Type.Boolean({ description: 'It takes no message any more' }),
  listeners: Type.Array(Type.String(), { description: 'Ids of the agents who may hear it' }),
})
export type MailboxReply = Static<typeof MailboxReply>

/** GET /voicemail */
export const VoicemailListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    before: Type.Optional(Line({ maxLength: 64, description: 'the messageId of the last item of a page' })),
    mailbox: Type.Optional(Line({ maxLength: 64 })),
    unheard: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** PATCH /voicemail/:id */
export const VoicemailPatch = Type.Object({ heard: Type.Boolean() }, { additionalProperties: false })
export type VoicemailPatch = Static<typeof VoicemailPatch>
