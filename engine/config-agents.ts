/** The part of the center's definition that is about agents: who they are, their phones, their wrap-up, and what they are held to. */
import Type, { type Static } from 'typebox'
import { Id, Ref } from './config-terms.ts'

const closed = { additionalProperties: false }
const longestMs = 86_400_000

export const wrapUpModes = ['none', 'optional', 'timed', 'mandatory', 'untilDisposition'] as const
export type WrapUpMode = (typeof wrapUpModes)[number]

/** Beside a queue's `wrapUpMs`, which says how long. */
export const WrapUpConfig = Type.Object(
  {
    mode: Type.Enum(wrapUpModes, {
      default: 'timed',
      description:
        'none; optional: only if the agent asks for it during the call; timed: the agent may end it early; mandatory: only a supervisor may; untilDisposition: as long as it takes to give one',
    }),
    extendMs: Type.Integer({ minimum: 0, maximum: 3_600_000, default: 0, description: 'by one extension; 0: none' }),
    maxExtensions: Type.Integer({ minimum: 1, maximum: 100, default: 1, description: 'by the agent, for each call' }),
    dispositions: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
      default: [],
      maxItems: 200,
      uniqueItems: true,
      description: 'the results that may be given; none: any',
    }),
  },
  { ...closed, default: {}, description: 'after-call work, beside how long it takes' },
)
export type WrapUpConfig = Static<typeof WrapUpConfig>

const MissRule = (description: string) =>
  Type.Object(
    {
      cooldownMs: Type.Optional(
        Type.Integer({ minimum: 0, maximum: longestMs, description: 'the agent is left alone for so long' }),
      ),
      toNotReady: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 1000,
          description: 'so many for this reason in a row make him not ready; 0: never',
        }),
      ),
    },
    { ...closed, description },
  )

/** What offers that were not taken cost, by why. What is absent in a queue is taken from the center, then from the queue's plain settings. */
export const MissedConfig = Type.Object(
  {
    noAnswer: Type.Optional(MissRule('the phone rang in vain')),
    declined: Type.Optional(MissRule('the agent refused')),
    unreachable: Type.Optional(MissRule('the phone was not there')),
    growth: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 10,
        description: 'each further one for the same reason in a row: so many times the cooldown',
      }),
    ),
    maxCooldownMs: Type.Optional(Type.Integer({ minimum: 0, maximum: longestMs, description: 'it grows no further' })),
  },
  { ...closed, default: {}, description: 'offers that were not taken: noAnswer, declined, unreachable' },
)
export type MissedConfig = Static<typeof MissedConfig>

const Skills = Type.Record(
  Type.String(),
  Type.Union([Type.Integer({ minimum: 1, maximum: 10 }), Type.Literal(true)], {
    description: '10 is best; true for a skill without levels',
  }),
  { default: {}, description: 'what the agent can do, and how well' },
)

const Membership = Type.Object(
  {
    id: Ref('queues', 'the queue'),
    priority: Type.Integer({ minimum: 1, maximum: 99, default: 1, description: 'of the queues served, 1 goes first' }),
    delayMs: Type.Integer({
      minimum: 0,
      maximum: longestMs,
      default: 0,
      description: 'takes only calls that have waited longer',
    }),
    weight: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 1,
      description: 'chances under weighted-random, share of the work under percent-allocation',
    }),
    signedIn: Type.Boolean({ default: true, description: 'false: the agent joins the queue by himself' }),
  },
  closed,
)
export type Membership = Static<typeof Membership>

/** For phones that want to be told in words of their own. */
const AutoAnswerHeader = Type.Object(
  {
    header: Type.Enum(['Alert-Info', 'Answer-Mode', 'Call-Info'], { description: 'which one' }),
    value: Type.String({
      // Nothing that could begin another header (RFC 3261 §25.1).
      pattern: '^[!-~]([ -~]{0,198}[!-~])?$',
      description: 'as the phone expects it, such as <http://127.0.0.1>;info=Auto Answer',
    }),
  },
  { ...closed, title: 'Another header' },
)

/** What is told of a phone, an agent's own or a device. */
const phone = {
  password: Type.Optional(
    Type.String({
      minLength: 1,
      writeOnly: true,
      description: 'SIP, and of agents also web; write-only; absent: as it was',
    }),
  ),
  contact: Type.Optional(
    Type.String({
      pattern: '^sips?:[^ ]+$',
      examples: ['sip:ada@192.0.2.7:5060'],
      description: 'a fixed phone: a SIP URI',
    }),
  ),
  nat: Type.Boolean({ default: false, description: 'it is behind NAT: answers go where its packets came from' }),
  autoAnswer: Type.Union(
    [Type.Literal('none'), Type.Literal('call-info'), Type.Literal('alert-info'), AutoAnswerHeader],
    { default: 'none', description: 'the header that makes the phone answer by itself' },
  ),
  zipTone: Type.Boolean({
    default: false,
    description: 'the agent hears a tone before the customer',
  }),
}

export const AgentConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    ...phone,
    number: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,10}$',
        examples: ['101'],
        description: 'what the agent signs in with by phone',
      }),
    ),
    pin: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4,12}$',
        examples: ['2580'],
        writeOnly: true,
        description: 'for signing in by phone; write-only; absent: as it was',
      }),
    ),
    queues: Type.Array(Type.Union([Ref('queues', 'the queue'), Membership]), {
      default: [],
      description: 'whose calls the agent takes',
    }),
    skills: Skills,
    devices: Type.Array(Ref('devices', 'a device'), {
      default: [],
      maxItems: 8,
      description: "further phones, always this agent's",
    }),
    ring: Type.Enum(['acting', 'all'], { default: 'acting', description: 'which of several phones a call rings' }),
    alwaysAvailable: Type.Boolean({
      default: false,
      description: 'signed in and available from the start, whatever becomes of an offer',
    }),
  },
  { ...closed, title: 'Agent' },
)
export type AgentConfig = Static<typeof AgentConfig>

/** A phone that is nobody's until somebody signs in at it, or that an agent has beside his own. It registers as its id. */
export const DeviceConfig = Type.Object(
  { id: Id, name: Type.String({ default: '', description: 'default: the id' }), ...phone },
  { ...closed, title: 'Device' },
)
export type DeviceConfig = Static<typeof DeviceConfig>

const Code = (code: string, description: string) =>
  Type.Union([Type.String({ pattern: '^[*#]?[0-9*#]{1,8}$', examples: [code] }), Type.Null()], {
    default: code,
    description,
  })

/** What a phone of ours may dial; null: that can't be done by phone. */
const PhoneCodes = Type.Object(
  {
    signIn: Code('*11', "the agent's number may follow; the PIN is asked for"),
    signOut: Code('*12', 'at whatever phone the agent sits'),
    available: Code('*13', 'ready for calls'),
    notReady: Code('*14', 'a digit may follow: one of notReadyReasons'),
    joinQueue: Code('*15', "the queue's code follows; nothing: every queue of the agent"),
    leaveQueue: Code('*16', 'as joinQueue'),
    endWrapUp: Code('*17', "one or more digits may follow: which of the queue's dispositions"),
  },
  { ...closed, default: {}, description: 'what agents dial; null: that is not done by phone' },
)
export type PhoneCodes = Static<typeof PhoneCodes>

export const AgentPolicy = Type.Object(
  {
    afterSignIn: Type.Enum(['notReady', 'available'], {
      default: 'notReady',
      description: 'what an agent is at first',
    }),
    signOutWhileWorking: Type.Enum(['defer', 'refuse'], {
      default: 'defer',
      description: 'an offer or a call: signed out when it ends, or refused',
    }),
    countNonQueueCalls: Type.Boolean({
      default: true,
      description: "an agent's own call, or one that no queue brought, keeps him from being rung for a queue",
    }),
    missed: MissedConfig,
    liveness: Type.Object(
      {
        notReadyAfterMs: Type.Integer({
          minimum: 0,
          maximum: longestMs,
          default: 0,
          description: 'without a phone for so long: notReady(unreachable); 0: never',
        }),
        desk: Type.Boolean({ default: false, description: 'who works on the desk must keep it open' }),
        deskGraceMs: Type.Integer({
          minimum: 1_000,
          maximum: 3_600_000,
          default: 30_000,
          description: 'a closed desk is forgiven for so long',
        }),
        back: Type.Enum(['available', 'notReady'], {
          default: 'available',
          description: 'what an agent is when phone and desk are back',
        }),
      },
      { ...closed, default: {}, description: 'whether an agent is still there' },
    ),
    phoneCodes: PhoneCodes,
    notReadyReasons: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      default: ['Break', 'Lunch', 'Meeting', 'Training', 'Paperwork', 'Technical'],
      maxItems: 9,
      description: 'offered on the desk, and by digit after the code notReady; another one will do too',
    }),
    hotDesk: Type.Object(
      {
        elsewhere: Type.Enum(['move', 'refuse'], {
          default: 'move',
          description: 'an agent who sits at another phone: leaves it, or has to sign out there first',
        }),
        occupied: Type.Enum(['takeOver', 'refuse'], {
          default: 'refuse',
          description: 'a phone at which somebody else sits: he is signed out, or has to do it himself',
        }),
        maxWrongPins: Type.Integer({ minimum: 1, maximum: 20, default: 5, description: 'in a row at one phone' }),
        lockMs: Type.Integer({ minimum: 1_000, maximum: longestMs, default: 600_000, description: 'for that phone' }),
      },
      { ...closed, default: {}, description: 'agents who sign in at a phone' },
    ),
  },
  { ...closed, default: {}, description: 'what all agents are held to' },
)
export type AgentPolicy = Static<typeof AgentPolicy>

/** The queues that an agent serves, each with what holds for the agent there. */
export function membershipsOf(agent: Pick<AgentConfig, 'queues'>): readonly Membership[] {
  return agent.queues.map(queue =>
    typeof queue === 'string' ? { id: queue, priority: 1, delayMs: 0, weight: 1, signedIn: true } : queue,
  )
}
