/** Mailboxes and messages: which there are, hearing one, marking it, deleting it. */
import { Readable } from 'node:stream'
import Type from 'typebox'
import type { MailboxView } from '../../engine/api-voicemail.ts'
import { EngineError } from '../../engine/errors.ts'
import type { VoicemailRecord } from '../../engine/records.ts'
import { IdParams, Page } from '../api/common.ts'
import {
  MailboxReply,
  VoicemailListQuery,
  VoicemailPatch,
  VoicemailRecord as VoicemailSchema,
} from '../api/voicemail.ts'
import { principalOf } from '../auth/hooks.ts'
import { demand, type Permission, type Principal } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { documented, documentedEmpty } from './documented.ts'

export function voicemailRoutes(app: App, { engine }: AppContext): void {
  /** The mailboxes that somebody may hear; null: all, those that are defined no more included. */
  function mailboxesFor(principal: Principal, permission: Permission): readonly MailboxView[] | null {
    if (demand(principal, permission) === 'all') return null
    const { agentId } = principal
    return engine.voicemail.mailboxes().filter(({ listeners }) => agentId !== null && listeners.includes(agentId))
  }

  /** @throws EngineError `voicemail.unknown`, `auth.forbidden` */
  async function messageFor(principal: Principal, permission: Permission, messageId: string): Promise<VoicemailRecord> {
    const mailboxes = mailboxesFor(principal, permission)
    const message = await engine.voicemail.get(messageId)
    if (message === null) throw new EngineError('voicemail.unknown', `There is no message ${messageId}.`)
    if (mailboxes !== null && !mailboxes.some(({ id }) => id === message.mailboxId))
      throw new EngineError('auth.forbidden', 'The role agent permits this for mailboxes that it may hear only.')
    return message
  }

  app.get(
    '/mailboxes',
    {
      config: { permission: 'voicemail.read' },
      schema: documented('voicemail', 'Mailboxes, with what they hold', Page(MailboxReply)),
    },
    async request => {
      const views = mailboxesFor(principalOf(request), 'voicemail.read') ?? engine.voicemail.mailboxes()
      return { items: views.map(view => ({ ...view, listeners: [...view.listeners] })), next: null }
    },
  )

  app.get(
    '/voicemail',
    {
      config: { permission: 'voicemail.read' },
      schema: {
        ...documented('voicemail', 'Messages, newest first', Page(VoicemailSchema)),
        querystring: VoicemailListQuery,
      },
    },
    async request => {
      const { limit, before, mailbox, unheard } = request.query
      const allowed = mailboxesFor(principalOf(request), 'voicemail.read')?.map(({ id }) => id)
      if (mailbox !== undefined && allowed?.includes(mailbox) === false)
        throw new EngineError('auth.forbidden', 'The role agent permits this for mailboxes that it may hear only.')
      const mailboxIds = mailbox === undefined ? allowed : [mailbox]
      const found = await engine.voicemail.list({ limit: limit + 1, ...given({ before, mailboxIds, unheard }) })
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? (items.at(-1)?.messageId ?? null) : null }
    },
  )

  app.get(
    '/voicemail/:id',
    {
      config: { permission: 'voicemail.read' },
      schema: { ...documented('voicemail', 'One message', VoicemailSchema), params: IdParams },
    },
    async request => messageFor(principalOf(request), 'voicemail.read', request.params.id),
  )

  app.get(
    '/voicemail/:id/audio',
    {
      config: { permission: 'voicemail.read' },
      schema: {
        ...documented('voicemail', 'What was said: a WAV file of 16 bits, 8 kHz, one channel', Type.Any()),
        produces: ['audio/wav'],
        params: IdParams,
      },
    },
    async (request, reply) => {
      const { messageId } = await messageFor(principalOf(request), 'voicemail.read', request.params.id)
      const { bytes, content } = await engine.voicemail.audio(messageId)
      return reply
        .type('audio/wav')
        .header('content-length', bytes)
        .header('content-disposition', `inline; filename="${messageId}.wav"`)
        .header('cache-control', 'private, no-store')
        .send(Readable.from(content, { objectMode: false }))
    },
  )

  app.patch(
    '/voicemail/:id',
    {
      config: { permission: 'voicemail.change' },
      schema: {
        ...documented('voicemail', 'Mark as heard, or as not heard', VoicemailSchema),
        params: IdParams,
        body: VoicemailPatch,
      },
    },
    async request => {
      const principal = principalOf(request)
      const { messageId } = await messageFor(principal, 'voicemail.change', request.params.id)
      return engine.voicemail.setHeard(messageId, request.body.heard, { actor: principal.actor })
    },
  )

  app.delete(
    '/voicemail/:id',
    {
      config: { permission: 'voicemail.change' },
      schema: { ...documentedEmpty('voicemail', 'Delete a message and its recording'), params: IdParams },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      const { messageId } = await messageFor(principal, 'voicemail.change', request.params.id)
      await engine.voicemail.remove(messageId, { actor: principal.actor })
      return reply.code(204).send(null)
    },
  )
}
