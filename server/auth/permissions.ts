/** Who may do what: one table from permission to scope and roles. Everything that answers a client asks it. */
import { EngineError } from '../../engine/errors.ts'
import type { Role } from '../../engine/ports/accounts.ts'

export const scopes = [
  'queues:read',
  'hours:write',
  'agents:read',
  'agents:write',
  'calls:read',
  'calls:write',
  'callbacks:read',
  'callbacks:write',
  'voicemail:read',
  'voicemail:write',
  'events:read',
  'screenpops:read',
  'screenpops:write',
  'center:read',
  'center:write',
  'keys:write',
] as const
export type Scope = (typeof scopes)[number]

/** `own`: only what belongs to the agent that the user is. */
export type Reach = 'all' | 'own'

export interface PermissionRule {
  readonly scope: Scope
  /** A role that is absent may not. */
  readonly roles: Readonly<Partial<Record<Role, Reach>>>
}

const all = { administrator: 'all', supervisor: 'all' } as const

export const permissionTable = {
  'queues.read': { scope: 'queues:read', roles: { ...all, agent: 'all', integrator: 'all' } },
  'hours.read': { scope: 'queues:read', roles: { ...all, agent: 'all', integrator: 'all' } },
  'hours.override': { scope: 'hours:write', roles: { ...all } },
  'trunks.read': { scope: 'queues:read', roles: { ...all } },
  'staffing.plan': { scope: 'queues:read', roles: { ...all } },
  'agents.read': { scope: 'agents:read', roles: { ...all, agent: 'own', integrator: 'all' } },
  'agents.change': { scope: 'agents:write', roles: { ...all, agent: 'own' } },
  'calls.read': { scope: 'calls:read', roles: { ...all, agent: 'own', integrator: 'all' } },
  'calls.annotate': { scope: 'calls:write', roles: { ...all, agent: 'own', integrator: 'all' } },
  'calls.transfer': { scope: 'calls:write', roles: { ...all, agent: 'own' } },
  'calls.hangup': { scope: 'calls:write', roles: { ...all, agent: 'own' } },
  'callbacks.read': { scope: 'callbacks:read', roles: { ...all, integrator: 'all' } },
  'callbacks.write': { scope: 'callbacks:write', roles: { ...all, integrator: 'all' } },
  'voicemail.read': { scope: 'voicemail:read', roles: { ...all, agent: 'own', integrator: 'all' } },
  'voicemail.change': { scope: 'voicemail:write', roles: { ...all, agent: 'own', integrator: 'all' } },
  'events.read': { scope: 'events:read', roles: { ...all, integrator: 'all' } },
  'screenpops.read': { scope: 'screenpops:read', roles: { ...all, agent: 'own', integrator: 'all' } },
  'screenpops.acknowledge': { scope: 'screenpops:write', roles: { ...all, agent: 'own', integrator: 'all' } },
  'center.read': { scope: 'center:read', roles: { administrator: 'all' } },
  'center.write': { scope: 'center:write', roles: { administrator: 'all' } },
  'keys.manage': { scope: 'keys:write', roles: { administrator: 'all' } },
} as const satisfies Record<string, PermissionRule>
export type Permission = keyof typeof permissionTable

/** Somebody who has proved who they are. */
export interface Principal {
  /** User name, or name of the API key. */
  readonly user: string
  readonly role: Role
  readonly agentId: string | null
  readonly scopes: readonly Scope[]
  /** `user:ada`, `key:crm`: goes into events. */
  readonly actor: string
  /** What a closed session or a deleted key is recognised by. */
  readonly credential: { readonly kind: 'session' | 'key'; readonly id: string }
}

/** Every scope that a role can use. */
export function scopesOf(role: Role): readonly Scope[] {
  const usable = new Set<Scope>()
  for (const rule of rules()) if (rule.roles[role] !== undefined) usable.add(rule.scope)
  return scopes.filter(scope => usable.has(scope))
}

/** How far a permission reaches for someone; null: not permitted. */
export function reachOf(principal: Principal, permission: Permission): Reach | null {
  const rule: PermissionRule = permissionTable[permission]
  return principal.scopes.includes(rule.scope) ? (rule.roles[principal.role] ?? null) : null
}

/**
 * @param ownedBy The agent whom the thing belongs to; what `own` is measured by.
 * @throws EngineError `auth.forbidden`
 */
export function demand(principal: Principal, permission: Permission, ownedBy?: string): Reach {
  const reach = reachOf(principal, permission)
  if (reach === null) {
    const { scope } = permissionTable[permission]
    throw new EngineError(
      'auth.forbidden',
      `The role ${principal.role} or a missing scope ${scope} does not permit this.`,
    )
  }
  if (reach === 'own' && ownedBy !== undefined && ownedBy !== principal.agentId)
    throw new EngineError('auth.forbidden', `The role ${principal.role} permits this for its own agent only.`)
  return reach
}

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text)
}

function rules(): readonly PermissionRule[] {
  return Object.values(permissionTable)
}
