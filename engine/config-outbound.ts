/** The part of the center's definition that is about calls from and to the outside: trunks, and what leaves by them. */
import Type, { type Static } from 'typebox'
import { Id, Ref } from './config-terms.ts'

const closed = { additionalProperties: false }

/** `carrier.example`, `192.0.2.1:5070`, `[2001:db8::1]` */
const HostPort = Type.String({
  pattern: '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$',
  examples: ['sip.carrier.example'],
})
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
    transport: Type.Enum(['udp', 'tcp', 'tls'], {
      default: 'udp',
      description: 'of calls out; for a domain without a port udp means: what the domain prefers',
    }),
    certificate: Type.Optional(
      Type.String({ minLength: 1, description: 'the name in the TLS certificate that its requests must show' }),
    ),
    username: Type.Union([Type.String(), Type.Null()], { default: null, description: 'answers challenges' }),
    password: Type.Union([Type.String(), Type.Null()], {
      default: null,
      writeOnly: true,
      description: 'write-only; absent: as it was',
    }),
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
            expiresSec: Type.Integer({ minimum: 60, maximum: 86_400, default: 3600, description: 'asked for' }),
            user: Type.Optional(
              Type.String({
                pattern: userPattern,
                examples: ['+442079460000'],
                description: 'user part of our Contact; default: the username',
              }),
            ),
          },
          closed,
        ),
        Type.Null(),
      ],
      { default: null, description: 'we register there' },
    ),
    nat: Type.Boolean({ default: false, description: 'it is behind NAT: answers go where its packets came from' }),
  },
  { ...closed, title: 'Trunk' },
)
export type TrunkConfig = Static<typeof TrunkConfig>

export const OutboundRule = Type.Object(
  {
    prefix: Type.String({
      pattern: '^[+]?[0-9*#]*$',
      minLength: 1,
      examples: ['+44'],
      description: 'of the number; the longest wins',
    }),
    trunk: Ref('trunks', 'where these calls go out'),
    callerId: Type.Optional(
      Type.String({
        pattern: userPattern,
        examples: ['+442079460000'],
        description: 'shown in place of the number of who calls',
      }),
    ),
  },
  { ...closed, title: 'Outbound rule' },
)
export type OutboundRule = Static<typeof OutboundRule>

export const OutboundLimits = Type.Object(
  {
    callsPerMin: Type.Integer({ minimum: 0, maximum: 100_000, default: 60, description: 'begun' }),
    callsAtOnce: Type.Integer({ minimum: 0, maximum: 100_000, default: 30, description: 'in progress' }),
    numbersPerHour: Type.Integer({ minimum: 0, maximum: 100_000, default: 500, description: 'different ones' }),
    minutesPerDay: Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      default: 5_000,
      description: 'of talk: then all end',
    }),
  },
  {
    ...closed,
    default: {},
    description:
      'calls to outside numbers past one of these are refused, and that is told; past minutesPerDay those that run are ended, too',
  },
)
