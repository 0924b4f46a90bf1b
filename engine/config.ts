/**
 * The contact center's definition: one schema, from which defaults, validation, types and the REST documentation
 * follow. Every top-level key may be absent; queues and agents require only `id`.
 */
import Type, { type Static } from 'typebox'
import { AgentConfig, AgentPolicy, DeviceConfig, MissedConfig, WrapUpConfig } from './config-agents.ts'
import { CallbackPolicy } from './config-callback.ts'
import {
  Admission,
  BlockConfig,
  Closed,
  FlowConfig,
  Full,
  HoursConfig,
  Language,
  NumberLookup,
} from './config-intake.ts'
import { OutboundLimits, OutboundRule, TrunkConfig } from './config-outbound.ts'
import { OverflowRule } from './config-overflow.ts'
import { RecipeConfig } from './config-recipes.ts'
import { RoutingStep, SkillExpression } from './config-routing.ts'
import { Id, Ref } from './config-terms.ts'
import { MailboxConfig } from './config-voicemail.ts'

export { AgentConfig, type AgentPolicy, DeviceConfig, type Membership, membershipsOf } from './config-agents.ts'
export { OutboundRule, TrunkConfig } from './config-outbound.ts'
export type { RoutingStep } from './config-routing.ts'

const Millis = (defaultMs: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 86_400_000, default: defaultMs, description })
const closed = { additionalProperties: false }

export const strategyNames = [
  'longest-idle',
  'round-robin',
  'fewest-calls',
  'linear',
  'random',
  'ring-all',
  'least-occupied',
  'least-talk-time',
  'weighted-random',
  'progressive',
  'most-skilled',
  'least-skilled-sufficient',
  'percent-allocation',
  'service-objective',
  'optimal',
] as const
export type StrategyName = (typeof strategyNames)[number]

const BullseyeRing = Type.Object(
  {
    timeoutMs: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'the next ring begins after this' }),
    removeSkills: Type.Array(Type.String({ minLength: 1, title: 'Skill' }), {
      default: [],
      description: 'no longer asked for when the ring is left',
    }),
  },
  { ...closed, title: 'Ring' },
)
export type BullseyeRing = Static<typeof BullseyeRing>

const StrategyOptions = Type.Object(
  {
    idleSince: Type.Enum(['ready', 'callEnd', 'breakEnd', 'wrapUpEnd', 'offered'], {
      default: 'ready',
      description:
        'idle counts from: end of wrap-up or of a break; end of the last call, so that wrap-up and breaks count as idle; the same, but not breaks; or not wrap-up; the last offer',
    }),
    count: Type.Enum(['queue', 'center'], {
      default: 'queue',
      description: 'fewest-calls, least-talk-time: today in this queue, or altogether',
    }),
    countSince: Type.Enum(['day', 'signIn'], {
      default: 'day',
      description:
        'fewest-calls, least-talk-time, percent-allocation: the day, or begun anew with each sign-in as well',
    }),
    countWrapUp: Type.Boolean({ default: true, description: 'least-occupied: wrap-up counts as work' }),
    atOnce: Type.Integer({ minimum: 1, maximum: 100, default: 1, description: 'progressive: rung at first' }),
    addEveryMs: Type.Integer({
      minimum: 500,
      maximum: 600_000,
      default: 5_000,
      description: 'progressive: one more is rung after this',
    }),
    windowMs: Type.Integer({
      minimum: 50,
      maximum: 250,
      default: 100,
      description: 'optimal: calls and agents of this time are matched together',
    }),
  },
  { ...closed, default: {}, description: 'what some strategies can be told' },
)
export type StrategyOptions = Static<typeof StrategyOptions>

export const QueueConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    strategy: Type.Enum(strategyNames, { default: 'longest-idle', description: 'which of the free agents is rung' }),
    strategyOptions: StrategyOptions,
    requirements: Type.Union([SkillExpression, Type.Null()], {
      default: null,
      description: 'skills that each of its calls needs',
    }),
    steps: Type.Array(RoutingStep, { default: [], maxItems: 20, description: 'asked for one after the other' }),
    bullseye: Type.Array(BullseyeRing, { default: [], maxItems: 6, description: 'rings that widen the requirements' }),
    aging: Type.Object(
      {
        perMinute: Type.Number({ minimum: 0, maximum: 1000, default: 0, description: 'priority gained; 0: off' }),
        max: Type.Number({ minimum: 0, maximum: 1000, default: 100, description: 'no higher than this by waiting' }),
      },
      { ...closed, default: {}, description: 'waiting raises the priority' },
    ),
    preferredAgents: Type.Object(
      {
        busyWaitMs: Millis(15_000, 'while they are busy'),
        offlineWaitMs: Millis(0, 'while they are signed out, not ready or unreachable'),
      },
      { ...closed, default: {}, description: 'how long a call waits for agents it names, if they do not refuse' },
    ),
    retryExclusionMs: Millis(
      0,
      'who did not take a call is not rung for it again, in no queue, if others are free or rung; 0: off',
    ),
    transferFailure: Type.Enum(['recall', 'requeue'], {
      default: 'recall',
      description:
        'a caller whom nobody took after a transfer: back to the agent who sent him on, or into the queue again',
    }),
    answer: Type.Enum(['immediately', 'with-agent'], {
      default: 'immediately',
      description: 'the caller hears music, or ringing until an agent answers',
    }),
    ringTimeoutMs: Type.Integer({
      minimum: 1000,
      maximum: 600_000,
      default: 15_000,
      description: "how long an agent's phone rings",
    }),
    wrapUpMs: Type.Integer({
      minimum: 0,
      maximum: 86_400_000,
      default: 10_000,
      title: 'Wrap-up time',
      description: 'after-call work; 0: none',
    }),
    wrapUp: WrapUpConfig,
    offerCooldownMs: Millis(
      5_000,
      'an agent who did not take an offer, or was gone before the caller could hear him, is left alone for so long',
    ),
    missedOffersToNotReady: Type.Integer({
      minimum: 0,
      maximum: 1000,
      default: 2,
      description: 'so many for the same reason in a row make an agent not ready; 0: never',
    }),
    missed: MissedConfig,
    code: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,6}$', examples: ['7'], description: 'dialled to join or leave it by phone' }),
    ),
    maxWaiting: Type.Integer({ minimum: 0, maximum: 100_000, default: 200, description: 'with more it is full' }),
    maxWaitMs: Type.Integer({
      minimum: 1000,
      maximum: 86_400_000,
      default: 600_000,
      description: 'nobody waits longer',
    }),
    full: Type.Optional(Full),
    overflow: Type.Array(OverflowRule, { default: [], description: 'where callers go for whom a rule holds' }),
    recipes: Type.Array(RecipeConfig, {
      default: [],
      maxItems: 20,
      description: 'for calls that wait, looked at in order',
    }),
    hours: Type.Optional(Ref('hours', 'when the queue takes calls; none: always')),
    hoursWhileWaiting: Type.Optional(
      Type.Boolean({
        description: 'calls that wait when the hours end go where `closed` leads; default: they may stay',
      }),
    ),
    reentryGraceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3_600_000,
        description: 'who left the line and calls again within this has the old place; default 0: off',
      }),
    ),
    closed: Type.Optional(Closed),
    admission: Admission,
    callback: CallbackPolicy,
    serviceLevel: Type.Object(
      { targetMs: Millis(20_000, 'answered within this is in time') },
      { ...closed, default: {}, description: 'what the figures of the queue are measured against' },
    ),
    music: Type.String({
      default: 'default',
      minLength: 1,
      maxLength: 64,
      description: 'for those who wait: default, silence, or a WAV file of the prompts folder: jazz is music/jazz.wav',
    }),
    language: Type.Optional(Language),
    announce: Type.Object(
      {
        position: Type.Boolean({ default: false, description: 'the place in the line; never a worse one than before' }),
        wait: Type.Boolean({ default: false, description: 'the estimated wait, in minutes' }),
        everyMs: Type.Integer({ minimum: 5000, maximum: 3_600_000, default: 30_000, description: 'how often' }),
      },
      { ...closed, default: {}, description: 'what is said to those who wait' },
    ),
  },
  { ...closed, title: 'Queue' },
)
export type QueueConfig = Static<typeof QueueConfig>

export const NumberConfig = Type.Object(
  {
    match: Type.String({
      minLength: 1,
      description: 'what is dialled, as it is or in E.164, or a prefix that ends in "*"',
    }),
    queue: Type.Optional(Ref('queues', 'where its calls wait; beside a flow: if that ends without a decision')),
    agent: Type.Optional(Ref('agents', 'whom it rings')),
    flow: Type.Optional(Ref('flows', 'what its callers hear first')),
    hours: Type.Optional(Ref('hours', 'when it is open; none: always')),
    closed: Type.Optional(Closed),
    lookup: Type.Optional(NumberLookup),
    language: Type.Optional(Language),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: 'of its calls wherever a flow says nothing else; the highest goes first',
      }),
    ),
    requirements: Type.Optional(SkillExpression),
  },
  { ...closed, title: 'Number' },
)
export type NumberConfig = Static<typeof NumberConfig>

export const digestAlgorithms = ['MD5', 'SHA-256'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

export const CenterConfig = Type.Object(
  {
    timeZone: Type.String({ default: 'UTC', description: 'IANA name' }),
    countryCode: Type.Union([Type.String({ pattern: '^[1-9][0-9]{0,2}$', examples: ['44'] }), Type.Null()], {
      default: null,
      description: 'as 44: national numbers become E.164 with it',
    }),
    queues: Type.Array(QueueConfig, { default: [], 'x-key': 'id', description: 'where callers wait for agents' }),
    agents: Type.Array(AgentConfig, {
      default: [],
      'x-key': 'id',
      'x-order': 'who goes first among equals, and under the strategies linear and round-robin',
      description: 'who takes the calls',
    }),
    devices: Type.Array(DeviceConfig, { default: [], 'x-key': 'id', description: 'phones that agents sign in at' }),
    agentPolicy: AgentPolicy,
    numbers: Type.Array(NumberConfig, { default: [], 'x-key': 'match', description: 'what callers dial' }),
    trunks: Type.Array(TrunkConfig, { default: [], 'x-key': 'id', description: 'carriers and other SIP servers' }),
    hours: Type.Array(HoursConfig, {
      default: [],
      'x-key': 'id',
      title: 'Opening hours',
      description: 'weekly hours and their exceptions',
    }),
    flows: Type.Array(FlowConfig, { default: [], 'x-key': 'id', description: 'what callers hear before they wait' }),
    mailboxes: Type.Array(MailboxConfig, {
      default: [],
      maxItems: 1000,
      'x-key': 'id',
      description: 'where callers leave messages',
    }),
    blocked: Type.Array(BlockConfig, {
      default: [],
      maxItems: 10_000,
      'x-key': 'match',
      title: 'Block list',
      description: 'callers who are not let in',
    }),
    lookups: Type.Object(
      {
        allow: Type.Array(Type.String(), {
          default: [],
          description: 'private addresses or CIDR blocks that a flow may ask',
        }),
      },
      { ...closed, default: {}, description: 'what flows may ask about callers' },
    ),
    outbound: Type.Array(OutboundRule, {
      default: [],
      'x-key': 'prefix',
      title: 'Outbound rules',
      description: 'outside numbers; without a rule nothing leaves',
    }),
    outboundLimits: OutboundLimits,
    screenpop: Type.Object(
      {
        url: Type.Union([Type.String(), Type.Null()], {
          default: null,
          description: 'as https://crm.example/?phone={ani.e164}&call={callId}',
        }),
      },
      { ...closed, default: {}, title: 'Screen pop', description: "what opens on an agent's screen when it rings" },
    ),
    sip: Type.Object(
      {
        realm: Type.String({
          default: 'strowger',
          minLength: 1,
          pattern: '^[^"\\\\]+$',
          description: "of our challenges; with a new one phones' passwords must be set again",
        }),
        digestAlgorithms: Type.Array(Type.Enum(digestAlgorithms), {
          default: ['MD5', 'SHA-256'],
          minItems: 1,
          description: 'in the order of the challenges',
        }),
        nonceTtlMs: Type.Integer({
          minimum: 1000,
          maximum: 300_000,
          default: 60_000,
          description: 'how long a challenge may be answered',
        }),
        minSessionExpiresSec: Type.Integer({
          minimum: 90,
          maximum: 86_400,
          default: 90,
          description: 'the shortest interval of session timers that is taken',
        }),
        redirects: Type.Enum(['refuse', 'follow'], {
          default: 'refuse',
          description:
            "agents' phones that send a call elsewhere (3xx) are followed to the agent's other phones, and outside as outbound permits",
        }),
        failoverMs: Type.Integer({
          minimum: 500,
          maximum: 32_000,
          default: 3_000,
          description: 'a server that says nothing for so long is left for the next one (RFC 3263)',
        }),
        defence: Type.Object(
          {
            maxFailuresPerMin: Type.Integer({
              minimum: 1,
              maximum: 10,
              default: 10,
              description:
                'wrong passwords by address and by user and address; trunks and registered phones: by user only',
            }),
            banMs: Type.Integer({
              minimum: 0,
              maximum: 86_400_000,
              default: 600_000,
              description:
                'an address with too many wrong passwords gets no answer for so long; 0: it is only slowed down',
            }),
            repliesPerMin: Type.Integer({
              minimum: 6,
              maximum: 60_000,
              default: 240,
              description: 'answers to one unknown address; a sixth of them may come at once',
            }),
            ignoreScanners: Type.Boolean({
              default: false,
              description: 'no answer at all to strangers whose User-Agent is a well-known scanner',
            }),
          },
          { ...closed, default: {}, description: 'what strangers may cost' },
        ),
        overload: Type.Object(
          {
            maxCalls: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 10_000, description: 'in progress' }),
            maxHalfOpen: Type.Integer({
              minimum: 1,
              maximum: 1_000_000,
              default: 10_000,
              description: 'INVITEs not yet answered or acknowledged',
            }),
            maxLagMs: Type.Integer({
              minimum: 10,
              maximum: 10_000,
              default: 100,
              description: 'timers that run later than this mean overload',
            }),
          },
          { ...closed, default: {}, description: 'past it new calls get 503, and nothing else does' },
        ),
        sessionExpiresSec: Type.Integer({
          minimum: 0,
          maximum: 86_400,
          default: 1800,
          description: 'interval of session timers that we ask for (RFC 4028), raised to the minimum; 0: none',
        }),
      },
      { ...closed, default: {}, title: 'SIP', description: 'how we speak to phones and trunks' },
    ),
    media: Type.Object(
      {
        mode: Type.Enum(['relay', 'direct'], {
          default: 'relay',
          description: 'audio goes through this machine, or from phone to phone',
        }),
        timeoutMs: Type.Integer({
          minimum: 0,
          maximum: 86_400_000,
          default: 60_000,
          description: 'a call without audio ends; 0: off',
        }),
      },
      { ...closed, default: {}, description: 'how audio travels' },
    ),
    retention: Type.Object(
      {
        journalDays: Type.Integer({ minimum: 0, maximum: 36_500, default: 30, description: 'events; 0: for ever' }),
        callsDays: Type.Integer({
          minimum: 0,
          maximum: 36_500,
          default: 365,
          description: 'call records and agent sessions, from their end; 0: for ever',
        }),
        voicemailDays: Type.Integer({
          minimum: 0,
          maximum: 36_500,
          default: 90,
          description: 'messages, heard or not; 0: for ever',
        }),
      },
      { ...closed, default: {}, description: 'how long things are kept' },
    ),
  },
  closed,
)

/** A complete definition: every default filled in. */
export type CenterConfig = Static<typeof CenterConfig>

type Loose<T> = T extends readonly (infer E)[]
  ? readonly Loose<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> }
    : T

/** A definition as a person writes it. */
export type CenterInput = Loose<CenterConfig>
