/**
 * The part of a center's definition that says what happens to a call before it waits: opening hours, flows, the block
 * list, and where a call goes that a queue does not take.
 */
import Type, { type Static } from 'typebox'
import { callWishes } from './config-routing.ts'
import { Id, Ref } from './config-terms.ts'
import { VoicemailStep } from './config-voicemail.ts'

const closed = { additionalProperties: false }

/** Checked against both tables: what leads nowhere is refused. */
const NumberTarget = Type.String({
  minLength: 1,
  description: 'one of `numbers`, or an outside one that `outbound` permits',
})

/** Where a call goes. */
const Way = (description: string) =>
  Type.Union(
    [
      Type.Object({ queue: Ref('queues', 'the caller waits there') }, closed),
      Type.Object({ number: NumberTarget }, closed),
      Type.Object({ flow: Ref('flows', 'the caller hears it') }, closed),
      Type.Object({ voicemail: Ref('mailboxes', 'the caller leaves a message') }, closed),
      Type.Object({ callback: Ref('queues', 'a callback in this queue is offered') }, closed),
      Type.Object({ reject: Type.Integer({ minimum: 400, maximum: 699, description: 'a SIP code' }) }, closed),
    ],
    { description },
  )
export const CallTarget = Way('where the call goes')
export const Closed = Way('where calls go outside of the hours')
export const Full = Way('where calls go while it is full; default: refused with 486')
export type CallTarget = Static<typeof CallTarget>

// Opening hours.

const ClockTime = Type.String({
  pattern: '^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  examples: ['09:30'],
  description: 'as 09:30',
})
const LocalDate = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  examples: ['2026-12-25'],
  description: 'as 2026-12-25',
})

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof weekdays)[number]

const Span = { from: ClockTime, to: ClockTime }

export const hoursStates = ['open', 'closed'] as const
export type HoursState = (typeof hoursStates)[number]

export const HoursConfig = Type.Object(
  {
    id: Id,
    timeZone: Type.Union([Type.String(), Type.Null()], {
      default: null,
      description: "IANA name; default: the center's",
    }),
    weekly: Type.Array(
      Type.Object(
        { days: Type.Array(Type.Enum(weekdays), { minItems: 1, description: 'on which it begins' }), ...Span },
        {
          ...closed,
          title: 'Span',
          description: 'a span that ends at or before its beginning goes on into the next day',
        },
      ),
      { default: [], maxItems: 100, description: 'open; a span may go on after midnight' },
    ),
    exceptions: Type.Array(
      Type.Object(
        {
          date: LocalDate,
          until: Type.Optional(LocalDate),
          name: Type.String({ default: '', description: 'as Christmas' }),
          open: Type.Array(Type.Object(Span, { ...closed, title: 'Span' }), {
            default: [],
            description: 'none: closed all day',
          }),
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
  { ...closed, title: 'Opening hours' },
)
export type HoursConfig = Static<typeof HoursConfig>

// What a caller hears.

/** Languages that the prompts of the package speak. */
export const promptLanguages = ['en', 'de'] as const
export type PromptLanguage = (typeof promptLanguages)[number]
export const Language = Type.Enum(promptLanguages, { description: 'that prompts are said in' })

const Prompt = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$',
  title: 'Prompt',
  examples: ['welcome'],
  description: 'a prompt by name: of the package, or a WAV file of the prompts folder',
})
export const Prompts = (description: string) =>
  Type.Union([Prompt, Type.Array(Prompt, { minItems: 1, maxItems: 20 })], { description })

// Flows.

const attributePattern = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'
const AttributeName = Type.String({ pattern: attributePattern, examples: ['choice'] })

export const Gather = Type.Object(
  {
    into: Type.String({
      pattern: attributePattern,
      examples: ['choice'],
      description: 'the attribute that the digits become',
    }),
    say: Type.Optional(Prompts('said first')),
    digits: Type.Integer({ minimum: 1, maximum: 40, default: 1, description: 'at most so many' }),
    min: Type.Integer({ minimum: 1, maximum: 40, default: 1, description: 'at least so many' }),
    finishOn: Type.Enum(['#', '*', 'none'], { default: '#', description: 'the digit that ends the input' }),
    accept: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9*#]{1,40}$', title: 'Input', examples: ['1'] }), {
        minItems: 1,
        description: 'anything else is refused',
      }),
    ),
    bargeIn: Type.Boolean({ default: true, description: 'a digit interrupts what is said' }),
    timeoutMs: Type.Integer({ minimum: 500, maximum: 60_000, default: 5_000, description: 'to the first digit' }),
    interDigitMs: Type.Integer({ minimum: 200, maximum: 30_000, default: 3_000, description: 'from one to the next' }),
    tries: Type.Integer({ minimum: 1, maximum: 10, default: 3, description: 'then `otherwise`' }),
    secret: Type.Optional(
      Type.Boolean({ description: 'the digits are for branches and lookups only: nothing tells, keeps or shows them' }),
    ),
    invalid: Type.Optional(Prompts('said after a wrong input')),
    otherwise: Type.Optional(Ref('steps', 'a step of this flow, without an input')),
  },
  { ...closed, required: ['into'], description: 'asks for digits' },
)
export type GatherConfig = Static<typeof Gather>

const Branch = Type.Object(
  {
    on: Type.String({
      pattern: attributePattern,
      examples: ['choice'],
      description: 'an attribute, or dnis, ani.e164, ani.raw, ani.name, trunkId',
    }),
    cases: Type.Record(Type.String(), Ref('steps', 'a step of this flow'), {
      description: 'a value, or a beginning with "*" → a step of this flow',
    }),
    else: Type.Optional(Ref('steps', 'a step of this flow, for all other values')),
  },
  { ...closed, required: ['on', 'cases'], description: 'goes on according to what is known of the call' },
)

/** Who is asked about a caller. */
const asking = {
  url: Type.Optional(
    Type.String({
      pattern: '^https?://[^ ]+$',
      examples: ['https://crm.example/callers/{ani.e164}'],
      description: 'may hold {ani.e164}, {callId}, …',
    }),
  ),
  function: Type.Optional(Type.String({ minLength: 1, description: "one of the embedder's functions" })),
  headers: Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), Type.String(), {
    default: {},
    description: 'sent with the question',
  }),
  lateMs: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 10_000,
    description: 'an answer counts until then; not 0 without a deadline',
  }),
}

/** Of a number: its calls go their way at once, and learn the answer when it is there. */
export const NumberLookup = Type.Object(asking, {
  ...closed,
  description: 'asks another program about its callers; no call waits for the answer',
})

export const Lookup = Type.Object(
  {
    ...asking,
    deadlineMs: Type.Integer({
      minimum: 0,
      maximum: 10_000,
      default: 800,
      description: 'then the flow goes on; 0: it goes on at once',
    }),
    otherwise: Type.Optional(Ref('steps', 'a step of this flow, without an answer in time')),
  },
  { ...closed, description: 'asks another program about the caller' },
)
export type LookupConfig = Static<typeof Lookup>

const Enqueue = Type.Object(
  {
    queue: Ref('queues', 'the queue'),
    ...callWishes,
  },
  { ...closed, required: ['queue'] },
)

/** The caller is asked whether he wants to be called back. `otherwise`: a step of this flow, if he does not. */
export const CallbackStep = Type.Object(
  {
    queue: Ref('queues', 'the queue'),
    ...callWishes,
    otherwise: Type.Optional(Ref('steps', 'a step of this flow, if he does not want to')),
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
    say: Type.Optional(Prompts('the caller hears it')),
    gather: Type.Optional(Gather),
    set: Type.Optional(
      Type.Record(AttributeName, Type.String({ maxLength: 1000 }), {
        minProperties: 1,
        description: 'attributes of the call; may hold {ani.e164}, {dnis}, …',
      }),
    ),
    branch: Type.Optional(Branch),
    hours: Type.Optional(
      Type.Object(
        {
          check: Ref('hours', 'the opening hours'),
          open: Type.Optional(Ref('steps', 'a step of this flow while they are open; none: on')),
          closed: Type.Optional(Ref('steps', 'a step of this flow while they are closed; none: on')),
        },
        { ...closed, required: ['check'], description: 'goes on according to opening hours' },
      ),
    ),
    lookup: Type.Optional(Lookup),
    goto: Type.Optional(Ref('steps', 'a step of this flow')),
    flow: Type.Optional(Ref('flows', 'goes on there')),
    enqueue: Type.Optional(
      Type.Union([Ref('queues', 'the queue'), Enqueue], { description: 'the caller waits for an agent' }),
    ),
    transfer: Type.Optional(
      Type.Union(
        [Type.Object({ agent: Ref('agents', 'whom it rings') }, closed), Type.Object({ number: NumberTarget }, closed)],
        { description: 'the call leaves the flow' },
      ),
    ),
    voicemail: Type.Optional(VoicemailStep),
    callback: Type.Optional(
      Type.Union([Ref('queues', 'the queue'), CallbackStep], { description: 'the caller may ask to be called back' }),
    ),
    reject: Type.Optional(Type.Integer({ minimum: 400, maximum: 699, description: 'with a SIP code' })),
    hangup: Type.Optional(Type.Literal(true, { description: 'the call ends' })),
  },
  { ...closed, 'x-one-of': stepActions, title: 'Step' },
)
export type FlowStep = Static<typeof FlowStep>

export const FlowConfig = Type.Object(
  {
    id: Id,
    language: Type.Optional(Language),
    steps: Type.Array(FlowStep, { minItems: 1, maxItems: 200, description: 'taken one after the other' }),
  },
  { ...closed, required: ['id', 'steps'], title: 'Flow' },
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
        Type.Object(
          { queue: Ref('queues', 'silence until the caller leaves, at most its `maxWaitMs`: nobody is rung') },
          closed,
        ),
        Type.Object({ reject: Type.Integer({ minimum: 400, maximum: 699, description: 'a SIP code' }) }, closed),
      ],
      { default: { reject: 603 }, description: 'what becomes of the call' },
    ),
    note: Type.String({ default: '', maxLength: 200, description: 'why' }),
  },
  { ...closed, required: ['match'], title: 'Blocked caller' },
)
export type BlockConfig = Static<typeof BlockConfig>

const Admit = (description: string) =>
  Type.Union([Type.Literal('admit'), CallTarget], { default: 'admit', description })

/** Calls that a queue does not take because nobody is there who could. */
export const Admission = Type.Object(
  {
    noneSignedIn: Admit('no agent of the queue is signed in'),
    allPaused: Admit(
      'every agent who is signed in is not ready; who cools down after a missed offer, or has lost his phone, is not that',
    ),
    noneQualified: Admit('no agent who is there has the skills'),
  },
  { ...closed, default: {}, description: 'calls that come while nobody could take them' },
)
export type Admission = Static<typeof Admission>
