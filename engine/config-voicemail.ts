/** The part of a center's definition that is about voicemail: mailboxes, and how a message is taken. */
import Type, { type Static } from 'typebox'
import { Id, Ref } from './config-terms.ts'

const closed = { additionalProperties: false }
const Prompt = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$',
  title: 'Prompt',
  examples: ['leave-a-message'],
  description: 'a prompt by name: of the package, or a WAV file of the prompts folder',
})
const greeting = { description: 'prompts that the caller hears first; [] for none' }
const Prompts = Type.Union([Prompt, Type.Array(Prompt, { maxItems: 20 })], greeting)
const maxMs = { title: 'Longest message', minimum: 1_000, maximum: 3_600_000, description: 'a message is cut there' }
const silenceMs = { minimum: 0, maximum: 60_000, description: 'so much silence ends it; 0: not' }
const finishKeys = ['#', '*', 'none'] as const

export const MailboxConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    greeting: Type.Union([Prompt, Type.Array(Prompt, { maxItems: 20 })], { ...greeting, default: 'leave-a-message' }),
    beep: Type.Boolean({ default: true, description: 'a tone says that it begins' }),
    maxMs: Type.Integer({ ...maxMs, default: 180_000 }),
    silenceMs: Type.Integer({ ...silenceMs, default: 5_000 }),
    minSpeechMs: Type.Integer({
      minimum: 0,
      maximum: 60_000,
      default: 1_000,
      description: 'with less speech it is no message',
    }),
    finishOn: Type.Enum(finishKeys, { default: '#', description: 'the digit that ends it' }),
    maxMessages: Type.Integer({ minimum: 1, maximum: 10_000, default: 100, description: 'with more it is full' }),
    maxMegabytes: Type.Integer({ minimum: 1, maximum: 100_000, default: 200, description: 'about one for a minute' }),
    queues: Type.Array(Ref('queues', 'a queue'), { default: [], description: 'whose agents may hear it' }),
    agents: Type.Array(Ref('agents', 'an agent'), { default: [], description: 'who may hear it beside them' }),
  },
  { ...closed, required: ['id'], title: 'Mailbox' },
)
export type MailboxConfig = Static<typeof MailboxConfig>

/** What one caller's message may have in place of what its mailbox says. */
const wishes = {
  greeting: Type.Optional(Prompts),
  beep: Type.Optional(Type.Boolean({ description: 'a tone says that it begins' })),
  maxMs: Type.Optional(Type.Integer(maxMs)),
  silenceMs: Type.Optional(Type.Integer(silenceMs)),
  finishOn: Type.Optional(Type.Enum(finishKeys, { description: 'the digit that ends it' })),
}

export const VoicemailWishes = Type.Object(wishes, closed)
export type VoicemailWishes = Static<typeof VoicemailWishes>

/** The step of a flow: the mailbox, with or without wishes. */
export const VoicemailStep = Type.Union(
  [
    Ref('mailboxes', 'the mailbox'),
    Type.Object(
      {
        mailbox: Ref('mailboxes', 'the mailbox'),
        ...wishes,
        otherwise: Type.Optional(Ref('steps', 'a step of this flow, if no message can be taken')),
      },
      { ...closed, required: ['mailbox'] },
    ),
  ],
  { description: 'the caller leaves a message' },
)
export type VoicemailStep = Static<typeof VoicemailStep>
