/**
 * One process per tenant of a shared PostgreSQL: a session advisory lock on a connection of its own. It is gone the
 * moment the process or its connection is, so a restart never waits for a lease to run out.
 */

import { EngineError } from '../engine/errors.ts'
import type { Logger } from '../engine/ports/logger.ts'
import { asStoreError, type Client } from './connection.ts'

const checkEveryMs = 2_000

export interface TenantLock {
  /** @throws EngineError `store.locked`, `store.unavailable` */
  take(): Promise<void>
  /** @throws EngineError `store.unavailable` while the lock is lost: somebody else may be writing. */
  check(): void
  release(): Promise<void>
}

/** `connect` makes a pool of exactly one connection and calls `onclose` whenever that connection is lost. */
export function createTenantLock(
  tenant: string,
  place: string,
  connect: (onclose: () => void) => Client,
  logger: Logger,
): TenantLock {
  let held = false
  let released = false
  let timer: NodeJS.Timeout | undefined
  const client = connect(() => {
    if (!held || released) return
    held = false
    logger.error({ tenant }, 'the lock of the tenant was lost with its connection; writing waits until it is back')
    timer = setTimeout(retake, checkEveryMs)
  })

  async function attempt(): Promise<boolean> {
    const rows = await client`select pg_try_advisory_lock(hashtext('strowger'), hashtext(${tenant})) as taken`
    return rows[0]?.taken === true
  }

  async function retake(): Promise<void> {
    held = await attempt().catch(() => false)
    if (released) return
    if (held) logger.info({ tenant }, 'the lock of the tenant is back')
    else timer = setTimeout(retake, checkEveryMs)
  }

  return {
    async take() {
      held = await attempt().catch((error: unknown) => {
        throw asStoreError(error, place)
      })
      if (!held) throw new EngineError('store.locked', `The tenant ${tenant} in ${place} is in use by another process.`)
    },
    check() {
      if (!held) throw new EngineError('store.unavailable', `The lock of the tenant ${tenant} in ${place} is lost.`)
    },
    async release() {
      released = true
      clearTimeout(timer)
      await client.end({ timeout: 2 })
    },
  }
}
