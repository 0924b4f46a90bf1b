/**
 * The part of a center's definition that says what happens to a call before it waits: opening hours, flows, the block
 * list, and where a call goes that a queue does not take.
 */
import Type, { type Static } from 'typebox'
import { VoicemailStep } from './config-voicemail.ts'

const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'letters, digits, ".", "_", "-"' })
const closed = { additionalProperties: false }

/** Where a call goes. */
export const CallTarget = Type.Union([
  Type.Object({ queue: Id }, closed),
  Type.Object({ number: Type.String({ minLength: 1 }) }, closed),
  Type.Object({ flow: Id }, closed),
  Type.Object({ voicemail: Id }, closed),
  Type.Object({ callback: Id }, { ...closed, description: 'a callback in this queue is offered' }),
  Type.Object({ reject: Type.Integer({ minimum: 400, maximum: 699 }) }, closed),
])
export type CallTarget = Static<typeof CallTarget>

// Opening hours.

const ClockTime = Type.String({ pattern: '^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', description: 'as 09:30' })
const LocalDate = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'as 2026-12-25' })

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof weekdays)[number]

const Span = { from: ClockTime, to: ClockTime }

export const hoursStates = ['open', 'closed'] as const
export type HoursState = (typeof hoursStates)[number]

export const HoursConfig = Type.Object(
  {
    id: Id,
    timeZone: Type.Union([Type.String(), Type.Null()], { default: null, description: "default: the center's" }),
    weekly: Type.Array(
      Type.Object(
        { days: Type.Array(Type.Enum(weekdays), { minItems: 1 }), ...Span },
        { ...closed, description: 'a span that ends at or before its beginning goes on into the next day' },
      ),
      { default: [], maxItems: 100 },
    ),
    exceptions: Type.Array(
      Type.Object(
        {
          date: LocalDate,
          until: Type.Optional(LocalDate),
          name: Type.String({ default: '' }),
          open: Type.Array(Type.Object(Span, closed), { default: [], description: 'none: closed all day' }),
        },
        { ...closed, required: ['date'] },
      ),
      { default: [], maxItems: 1000, description: 'each takes the place of the weekly hours of its dates' },
    ),
    emergency: Type.Union([Type.Enum(hoursStates), Type.Null()], {
      default: null,
      description: 'holds whatever the calendar says, unless a supervisor says otherwise',
    }),
  },
  closed,
)
export type HoursConfig = Static<typeof HoursConfig>

// What a caller hears.

/** Languages that the prompts of the package speak. */
export const promptLanguages = ['en', 'de'] as const
export type PromptLanguage = (typeof promptLanguages)[number]
export const Language = Type.Enum(promptLanguages)

const Prompt = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$',
  description: 'a prompt by name: of the package, or a WAV file of the prompts folder',
})
export const Prompts = Type.Union([Prompt, Type.Array(Prompt, { minItems: 1, maxItems: 20 })])

// Flows.

const AttributeName = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$' })

export const Gather = Type.Object(
  {
    into: AttributeName,
    say: Type.Optional(Prompts),
    digits: Type.Integer({ minimum: 1, maximum: 40, default: 1, description: 'at most so many' }),
    min: Type.Integer({ minimum: 1, maximum: 40, default: 1, description: 'at least so many' }),
    finishOn: Type.Enum(['#', '*', 'none'], { default: '#', description: 'the digit that ends the input' }),
    accept: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9*#]{1,40}$' }), { minItems: 1, description: 'anything else is refused' }),
    ),
    bargeIn: Type.Boolean({ default: true, description: 'a digit interrupts what is said' }),
    timeoutMs: Type.Integer({ minimum: 500, maximum: 60_000, default: 5_000, description: 'to the first digit' }),
    interDigitMs: Type.Integer({ minimum: 200, maximum: 30_000, default: 3_000 }),
    tries: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
    secret: Type.Optional(
      Type.Boolean({ description: 'the digits are for branches and lookups only: nothing tells, keeps or shows them' }),
    ),
    invalid: Type.Optional(Prompts),
    otherwise: Type.Optional(Id),
  },
  { ...closed, required: ['into'] },
)
export type GatherConfig = Static<typeof Gather>

const Branch = Type.Object(
  {
    on: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$',
      description: 'an attribute, or dnis, ani.e164, ani.raw, ani.name, trunkId',
    }),
    cases: Type.Record(Type.String(), Id, { description: 'a value, or a beginning with "*" → a step of this flow' }),
    else: Type.Optional(Id),
  },
  { ...closed, required: ['on', 'cases'] },
)

const Lookup = Type.Object(
  {
    url: Type.Optional(Type.String({ pattern: '^https?://[^ ]+$', description: 'may hold {ani.e164}, {callId}, …' })),
    function: Type.Optional(Type.String({ minLength: 1, description: "one of the embedder's functions" })),
    headers: Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), Type.String(), { default: {} }),
    deadlineMs: Type.Integer({ minimum: 50, maximum: 10_000, default: 800, description: 'then the flow goes on' }),
    lateMs: Type.Integer({ minimum: 0, maximum: 60_000, default: 10_000, description: 'an answer counts until then' }),
    otherwise: Type.Optional(Id),
  },
  closed,
)
export type LookupConfig = Static<typeof Lookup>

const Enqueue = Type.Object(
  {
    queue: Id,
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    requirements: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  },
  { ...closed, required: ['queue'] },
)

/** The caller is asked whether he wants to be called back. `otherwise`: a step of this flow, if he does not. */
export const CallbackStep = Type.Object(
  {
    queue: Id,
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    requirements: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    otherwise: Type.Optional(Id),
  },
  { ...closed, required: ['queue'] },
)

export type CallbackStep = Static<typeof CallbackStep>

/** What a step may do; each step does exactly one of these. */
export const stepActions = [
  'say',
  'gather',
  'set',
  'branch',
  'hours',
  'lookup',
  'goto',
  'flow',
  'enqueue',
  'transfer',
  'voicemail',
  'callback',
  'reject',
  'hangup',
] as const
export type StepAction = (typeof stepActions)[number]

export const FlowStep = Type.Object(
  {
    id: Type.Optional(Id),
    say: Type.Optional(Prompts),
    gather: Type.Optional(Gather),
    set: Type.Optional(Type.Record(AttributeName, Type.String({ maxLength: 1000 }), { minProperties: 1 })),
    branch: Type.Optional(Branch),
    hours: Type.Optional(
      Type.Object(
        { check: Id, open: Type.Optional(Id), closed: Type.Optional(Id) },
        { ...closed, required: ['check'], description: 'goes to a step of this flow, or on' },
      ),
    ),
    lookup: Type.Optional(Lookup),
    goto: Type.Optional(Id),
    flow: Type.Optional(Id),
    enqueue: Type.Optional(Type.Union([Id, Enqueue])),
    transfer: Type.Optional(
      Type.Union([Type.Object({ agent: Id }, closed), Type.Object({ number: Type.String({ minLength: 1 }) }, closed)]),
    ),
    voicemail: Type.Optional(VoicemailStep),
    callback: Type.Optional(Type.Union([Id, CallbackStep])),
    reject: Type.Optional(Type.Integer({ minimum: 400, maximum: 699 })),
    hangup: Type.Optional(Type.Literal(true)),
  },
  closed,
)
export type FlowStep = Static<typeof FlowStep>

export const FlowConfig = Type.Object(
  {
    id: Id,
    language: Type.Optional(Language),
    steps: Type.Array(FlowStep, { minItems: 1, maxItems: 200 }),
  },
  { ...closed, required: ['id', 'steps'] },
)
export type FlowConfig = Static<typeof FlowConfig>

// Who is not let in.

export const BlockConfig = Type.Object(
  {
    match: Type.String({
      minLength: 1,
      description: 'the caller\'s number in E.164 or as sent, a prefix that ends in "*", or anonymous',
    }),
    to: Type.Union(
      [
        Type.Object({ queue: Id }, closed),
        Type.Object({ reject: Type.Integer({ minimum: 400, maximum: 699 }) }, closed),
      ],
      {
        default: { reject: 603 },
      },
    ),
    note: Type.String({ default: '', maxLength: 200 }),
  },
  { ...closed, required: ['match'] },
)
export type BlockConfig = Static<typeof BlockConfig>

const Admit = Type.Union([Type.Literal('admit'), CallTarget], { default: 'admit' })

/** Calls that a queue does not take because nobody is there who could. */
export const Admission = Type.Object(
  {
    noneSignedIn: Admit,
    allPaused: Admit,
    noneQualified: Admit,
  },
  { ...closed, default: {} },
)
export type Admission = Static<typeof Admission>
