/**
 * The contact center's definition: one schema, from which defaults, validation, types and the REST documentation
 * follow. Every top-level key may be absent; queues and agents require only `id`.
 */
import Type, { type Static } from 'typebox'

const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'letters, digits, ".", "_", "-"' })
const Millis = (defaultMs: number) => Type.Integer({ minimum: 0, maximum: 86_400_000, default: defaultMs })
const closed = { additionalProperties: false }

export const strategyNames = ['longest-idle', 'round-robin', 'fewest-calls', 'linear', 'random', 'ring-all'] as const
export type StrategyName = (typeof strategyNames)[number]

const OverflowTarget = Type.Union([
  Type.Object({ queue: Id }, closed),
  Type.Object({ number: Type.String({ minLength: 1 }) }, closed),
  Type.Object({ reject: Type.Integer({ minimum: 400, maximum: 699 }) }, closed),
])
export type OverflowTarget = Static<typeof OverflowTarget>

export const QueueConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    strategy: Type.Enum(strategyNames, { default: 'longest-idle' }),
    answer: Type.Enum(['immediately', 'with-agent'], { default: 'immediately' }),
    ringTimeoutMs: Type.Integer({ minimum: 1000, maximum: 600_000, default: 15_000 }),
    wrapUpMs: Millis(10_000),
    offerCooldownMs: Millis(5_000),
    missedOffersToNotReady: Type.Integer({ minimum: 0, maximum: 1000, default: 2, description: '0: never' }),
    maxWaiting: Type.Integer({ minimum: 0, maximum: 100_000, default: 200 }),
    maxWaitMs: Type.Integer({ minimum: 1000, maximum: 86_400_000, default: 600_000 }),
    overflow: Type.Array(
      Type.Object({ afterMs: Millis(0), to: OverflowTarget }, { ...closed, required: ['afterMs', 'to'] }),
      {
        default: [],
      },
    ),
    serviceLevel: Type.Object({ targetMs: Millis(20_000) }, { ...closed, default: {} }),
    music: Type.String({ default: 'default', minLength: 1 }),
    announce: Type.Object(
      {
        position: Type.Boolean({ default: false }),
        everyMs: Type.Integer({ minimum: 5000, maximum: 3_600_000, default: 30_000 }),
      },
      { ...closed, default: {} },
    ),
  },
  closed,
)
export type QueueConfig = Static<typeof QueueConfig>

export const AgentConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ default: '', description: 'default: the id' }),
    password: Type.Optional(Type.String({ minLength: 1, description: 'SIP and web; write-only' })),
    contact: Type.Optional(Type.String({ pattern: '^sips?:[^ ]+$', description: 'a fixed phone: a SIP URI' })),
    queues: Type.Array(Id, { default: [] }),
    skills: Type.Record(Type.String(), Type.Integer({ minimum: 1, maximum: 10 }), { default: {} }),
    alwaysAvailable: Type.Boolean({ default: false }),
    nat: Type.Boolean({ default: false }),
  },
  closed,
)
export type AgentConfig = Static<typeof AgentConfig>

export const NumberConfig = Type.Object(
  {
    match: Type.String({ minLength: 1, description: 'user part of the Request-URI, or a prefix that ends in "*"' }),
    queue: Type.Optional(Id),
    agent: Type.Optional(Id),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  closed,
)
export type NumberConfig = Static<typeof NumberConfig>

export const TrunkConfig = Type.Object(
  {
    id: Id,
    addresses: Type.Array(Type.String(), {
      default: [],
      description: 'addresses or CIDR blocks that requests come from',
    }),
    host: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
      default: null,
      description: 'where calls are sent',
    }),
    transport: Type.Enum(['udp', 'tcp'], { default: 'udp' }),
    username: Type.Union([Type.String(), Type.Null()], { default: null }),
    password: Type.Union([Type.String(), Type.Null()], { default: null, description: 'write-only' }),
    nat: Type.Boolean({ default: false }),
  },
  closed,
)
export type TrunkConfig = Static<typeof TrunkConfig>

export const digestAlgorithms = ['MD5', 'SHA-256'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

export const CenterConfig = Type.Object(
  {
    timeZone: Type.String({ default: 'UTC', description: 'IANA name' }),
    countryCode: Type.Union([Type.String({ pattern: '^[1-9][0-9]{0,2}$' }), Type.Null()], { default: null }),
    queues: Type.Array(QueueConfig, { default: [] }),
    agents: Type.Array(AgentConfig, { default: [] }),
    numbers: Type.Array(NumberConfig, { default: [] }),
    trunks: Type.Array(TrunkConfig, { default: [] }),
    outbound: Type.Array(Type.Object({ prefix: Type.String({ minLength: 1 }), trunk: Id }, closed), { default: [] }),
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
