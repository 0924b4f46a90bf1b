/** Signing in. */
import Type, { type Static } from 'typebox'
import { roles } from '../../engine/ports/accounts.ts'
import { Line, Nullable } from './common.ts'

export const Credentials = Type.Object({
  username: Line({ minLength: 1, maxLength: 128 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
})
export type Credentials = Static<typeof Credentials>

export const Identity = Type.Object({
  user: Type.String(),
  role: Type.Enum(roles),
  agentId: Nullable(Type.String()),
  scopes: Type.Array(Type.String()),
})
export type Identity = Static<typeof Identity>

/** `serverTime` lets the page derive its clock offset; `timeZone` and `notReadyReasons` are the center's. */
const surroundings = {
  serverTime: Type.String(),
  timeZone: Type.String(),
  notReadyReasons: Type.Array(Type.String(), { description: 'what the desk offers; another one will do too' }),
}

export const SessionReply = Type.Object({
  token: Type.String(),
  ...Identity.properties,
  expiresAt: Type.String(),
  ...surroundings,
})
export type SessionReply = Static<typeof SessionReply>

/** GET /session: as {@link SessionReply} without the token. */
export const WhoAmI = Type.Object({ ...Identity.properties, ...surroundings })
export type WhoAmI = Static<typeof WhoAmI>

export const ApiKeyCreate = Type.Object({
  name: Line({ minLength: 1, maxLength: 100 }),
  role: Type.Enum(roles, { default: 'integrator' }),
  scopes: Type.Array(Line({ maxLength: 64 }), { default: [], maxItems: 32 }),
})
export type ApiKeyCreate = Static<typeof ApiKeyCreate>

export const ApiKeyView = Type.Object({
  keyId: Type.String(),
  name: Type.String(),
  role: Type.Enum(roles),
  scopes: Type.Array(Type.String()),
  createdAt: Type.String(),
})
export type ApiKeyView = Static<typeof ApiKeyView>

/** The key itself is shown only here. */
export const ApiKeyCreated = Type.Object({ ...ApiKeyView.properties, key: Type.String() })
export type ApiKeyCreated = Static<typeof ApiKeyCreated>
