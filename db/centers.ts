/** The applied center and, in a table of their own, its secrets. */
import { eq } from 'drizzle-orm'
import type { CenterSecrets, DigestSecret, StoredCenter } from '../engine/ports/store.ts'
import type { Connection } from './connection.ts'
import { centerSecrets, centers } from './schema.ts'

type SecretRow = typeof centerSecrets.$inferInsert

export async function loadCenter(connection: Connection, tenant: string): Promise<StoredCenter | null> {
  const [found, kept] = await connection.run(({ db }) =>
    db.transaction(async unit => [
      await unit.select().from(centers).where(eq(centers.tenant, tenant)),
      await unit.select().from(centerSecrets).where(eq(centerSecrets.tenant, tenant)),
    ]),
  )
  const center = found[0]?.center
  return center === undefined ? null : { center, secrets: secretsOf(kept) }
}

export async function saveCenter(connection: Connection, tenant: string, stored: StoredCenter): Promise<void> {
  const { center, secrets } = stored
  const rows: SecretRow[] = [
    ...Object.entries(secrets.agents).map(([ownerId, secret]) => ({
      tenant,
      owner: 'agent' as const,
      ownerId,
      secret,
    })),
    ...Object.entries(secrets.trunks).map(([ownerId, password]) => ({
      tenant,
      owner: 'trunk' as const,
      ownerId,
      secret: { password },
    })),
    ...Object.entries(secrets.pins).map(([ownerId, pinHash]) => ({
      tenant,
      owner: 'pin' as const,
      ownerId,
      secret: { pinHash },
    })),
  ]
  await connection.run(({ db }) =>
    db.transaction(async unit => {
      await unit
        .insert(centers)
        .values({ tenant, center })
        .onConflictDoUpdate({ target: centers.tenant, set: { center } })
      await unit.delete(centerSecrets).where(eq(centerSecrets.tenant, tenant))
      // A statement takes at most 65,534 parameters.
      for (let first = 0; first < rows.length; first += 1_000) {
        await unit.insert(centerSecrets).values(rows.slice(first, first + 1_000))
      }
    }),
  )
}

function secretsOf(rows: readonly (typeof centerSecrets.$inferSelect)[]): CenterSecrets {
  const agents: Record<string, DigestSecret> = {}
  const trunks: Record<string, string> = {}
  const pins: Record<string, string> = {}
  for (const { ownerId, secret } of rows) {
    if ('pinHash' in secret) pins[ownerId] = secret.pinHash
    else if ('password' in secret) trunks[ownerId] = secret.password
    else agents[ownerId] = secret
  }
  return { agents, trunks, pins }
}
