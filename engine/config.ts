/**
 * The contact center's definition: one schema, from which defaults, validation, types and the REST documentation
 * follow. Every top-level key may be absent; queues and agents require only `id`.
 */
import Type, { type Static } from 'typebox'
import { AgentConfig, AgentPolicy, DeviceConfig, MissedConfig, WrapUpConfig } from './config-agents.ts'
import { CallbackPolicy } from './config-callback.ts'
import { Admission, BlockConfig, CallTarget, FlowConfig, HoursConfig, Language } from './config-intake.ts'
import { RecipeConfig } from './config-recipes.ts'
import { MailboxConfig } from './config-voicemail.ts'

export { AgentConfig, type AgentPolicy, DeviceConfig, type Membership, membershipsOf } from './config-agents.ts'

const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'letters, digits, ".", "_", "-"' })
const Millis = (defaultMs: number) => Type.Integer({ minimum: 0, maximum: 86_400_000, default: defaultMs })
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

/** As `billing >= 5 and (lang.en or lang.de >= 3) and not trainee`. */
const SkillExpression = Type.String({ minLength: 1, maxLength: 500, description: 'skills joined by and, or, not' })

const RoutingStep = Type.Object(
  {
    expression: SkillExpression,
    afterMs: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'given up this long after it began' }),
  },
  closed,
)
export type RoutingStep = Static<typeof RoutingStep>

const BullseyeRing = Type.Object(
  {
    timeoutMs: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    removeSkills: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'no longer asked for when the ring is left',
    }),
  },
  closed,
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
  { ...closed, default: {} },
)
export type StrategyOptions = Static<typeof StrategyOptions>

export const QueueConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    strategy: Type.Enum(strategyNames, { default: 'longest-idle' }),
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
      { ...closed, default: {} },
    ),
    preferredAgents: Type.Object(
      { busyWaitMs: Millis(15_000), offlineWaitMs: Millis(0) },
      { ...closed, default: {}, description: 'how long a call waits for the agents that it names' },
    ),
    retryExclusionMs: Millis(0),
    transferFailure: Type.Enum(['recall', 'requeue'], {
      default: 'recall',
      description:
        'a caller whom nobody took after a transfer: back to the agent who sent him on, or into the queue again',
    }),
    answer: Type.Enum(['immediately', 'with-agent'], { default: 'immediately' }),
    ringTimeoutMs: Type.Integer({ minimum: 1000, maximum: 600_000, default: 15_000 }),
    wrapUpMs: Millis(10_000),
    wrapUp: WrapUpConfig,
    offerCooldownMs: Millis(5_000),
    missedOffersToNotReady: Type.Integer({ minimum: 0, maximum: 1000, default: 2, description: '0: never' }),
    missed: MissedConfig,
    code: Type.Optional(Type.String({ pattern: '^[0-9]{1,6}$', description: 'dialled to join or leave it by phone' })),
    maxWaiting: Type.Integer({ minimum: 0, maximum: 100_000, default: 200 }),
    maxWaitMs: Type.Integer({ minimum: 1000, maximum: 86_400_000, default: 600_000 }),
    overflow: Type.Array(
      Type.Object({ afterMs: Millis(0), to: CallTarget }, { ...closed, required: ['afterMs', 'to'] }),
      {
        default: [],
      },
    ),
    recipes: Type.Array(RecipeConfig, {
      default: [],
      maxItems: 20,
      description: 'for calls that wait, looked at in order',
    }),
    hours: Type.Optional(Id),
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
    closed: Type.Optional(CallTarget),
    admission: Admission,
    callback: CallbackPolicy,
    serviceLevel: Type.Object({ targetMs: Millis(20_000) }, { ...closed, default: {} }),
    music: Type.String({ default: 'default', minLength: 1 }),
    language: Type.Optional(Language),
    announce: Type.Object(
      {
        position: Type.Boolean({ default: false }),
        wait: Type.Boolean({ default: false, description: 'the estimated wait, in minutes' }),
        everyMs: Type.Integer({ minimum: 5000, maximum: 3_600_000, default: 30_000 }),
      },
      { ...closed, default: {} },
    ),
  },
  closed,
)
export type QueueConfig = Static<typeof QueueConfig>

export const NumberConfig = Type.Object(
  {
    match: Type.String({ minLength: 1, description: 'user part of the Request-URI, or a prefix that ends in "*"' }),
    queue: Type.Optional(Id),
    agent: Type.Optional(Id),
    flow: Type.Optional(Id),
    hours: Type.Optional(Id),
    closed: Type.Optional(CallTarget),
    language: Type.Optional(Language),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    requirements: Type.Optional(SkillExpression),
  },
  closed,
)
export type NumberConfig = Static<typeof NumberConfig>

/** `carrier.example`, `192.0.2.1:5070`, `[2001:db8::1]` */
const HostPort = Type.String({ pattern: '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$' })
const userPattern = '^[A-Za-z0-9+_.!~*#-]{1,64}$'

export const TrunkConfig = Type.Object(
  {
    id: Id,
    addresses: Type.Array(Type.String(), {
      default: [],
      description: 'addresses or CIDR blocks that requests come from',
    }),
    host: Type.Union([HostPort, Type.Null()], {
      default: null,
      description: 'where calls are sent: a domain (RFC 3263), or a host with or without a port',
    }),
    transport: Type.Enum(['udp', 'tcp', 'tls'], { default: 'udp' }),
    certificate: Type.Optional(
      Type.String({ minLength: 1, description: 'the name in the TLS certificate that its requests must show' }),
    ),
    username: Type.Union([Type.String(), Type.Null()], { default: null }),
    password: Type.Union([Type.String(), Type.Null()], { default: null, description: 'write-only' }),
    realm: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
      default: null,
      description: 'the one realm whose challenges are answered; default: the host',
    }),
    proxy: Type.Union([HostPort, Type.Null()], {
      default: null,
      description: 'outbound proxy: calls and registrations for the host go there',
    }),
    trusted: Type.Boolean({
      default: false,
      description: 'P-Asserted-Identity is believed and told (RFC 3325)',
    }),
    register: Type.Union(
      [
        Type.Object(
          {
            expiresSec: Type.Integer({ minimum: 60, maximum: 86_400, default: 3600 }),
            user: Type.Optional(
              Type.String({ pattern: userPattern, description: 'user part of our Contact; default: the username' }),
            ),
          },
          closed,
        ),
        Type.Null(),
      ],
      { default: null, description: 'we register there' },
    ),
    nat: Type.Boolean({ default: false }),
  },
  closed,
)
export type TrunkConfig = Static<typeof TrunkConfig>

export const OutboundRule = Type.Object(
  {
    prefix: Type.String({ pattern: '^[+]?[0-9*#]*$', minLength: 1, description: 'of the number; the longest wins' }),
    trunk: Id,
    callerId: Type.Optional(
      Type.String({ pattern: userPattern, description: 'shown in place of the number of who calls' }),
    ),
  },
  closed,
)
export type OutboundRule = Static<typeof OutboundRule>

export const digestAlgorithms = ['MD5', 'SHA-256'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

export const CenterConfig = Type.Object(
  {
    timeZone: Type.String({ default: 'UTC', description: 'IANA name' }),
    countryCode: Type.Union([Type.String({ pattern: '^[1-9][0-9]{0,2}$' }), Type.Null()], { default: null }),
    queues: Type.Array(QueueConfig, { default: [] }),
    agents: Type.Array(AgentConfig, { default: [] }),
    devices: Type.Array(DeviceConfig, { default: [], description: 'phones that agents sign in at' }),
    agentPolicy: AgentPolicy,
    numbers: Type.Array(NumberConfig, { default: [] }),
    trunks: Type.Array(TrunkConfig, { default: [] }),
    hours: Type.Array(HoursConfig, { default: [] }),
    flows: Type.Array(FlowConfig, { default: [] }),
    mailboxes: Type.Array(MailboxConfig, { default: [], maxItems: 1000, description: 'where callers leave messages' }),
    blocked: Type.Array(BlockConfig, { default: [], maxItems: 10_000 }),
    lookups: Type.Object(
      {
        allow: Type.Array(Type.String(), {
          default: [],
          description: 'private addresses or CIDR blocks that a flow may ask',
        }),
      },
      { ...closed, default: {} },
    ),
    outbound: Type.Array(OutboundRule, { default: [], description: 'outside numbers; without a rule nothing leaves' }),
    outboundLimits: Type.Object(
      {
        callsPerMin: Type.Integer({ minimum: 0, maximum: 100_000, default: 60 }),
        callsAtOnce: Type.Integer({ minimum: 0, maximum: 100_000, default: 30 }),
        numbersPerHour: Type.Integer({ minimum: 0, maximum: 100_000, default: 500, description: 'different ones' }),
        minutesPerDay: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 5_000 }),
      },
      {
        ...closed,
        default: {},
        description: 'calls to outside numbers past one of these are refused, and that is told',
      },
    ),
    screenpop: Type.Object(
      { url: Type.Union([Type.String(), Type.Null()], { default: null }) },
      { ...closed, default: {} },
    ),
    sip: Type.Object(
      {
        realm: Type.String({ default: 'strowger', minLength: 1, pattern: '^[^"\\\\]+$' }),
        digestAlgorithms: Type.Array(Type.Enum(digestAlgorithms), { default: ['MD5', 'SHA-256'], minItems: 1 }),
        nonceTtlMs: Type.Integer({ minimum: 1000, maximum: 300_000, default: 60_000 }),
        minSessionExpiresSec: Type.Integer({ minimum: 90, maximum: 86_400, default: 90 }),
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
            maxCalls: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 10_000 }),
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
      { ...closed, default: {} },
    ),
    media: Type.Object(
      {
        mode: Type.Enum(['relay', 'direct'], { default: 'relay' }),
        timeoutMs: Type.Integer({ minimum: 0, maximum: 86_400_000, default: 60_000, description: '0: off' }),
      },
      { ...closed, default: {} },
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
      { ...closed, default: {} },
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
