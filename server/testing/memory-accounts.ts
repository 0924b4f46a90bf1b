/** The accounts of a database in memory, for tests of the server. */
import { openDatabase } from '../../db/index.ts'
import type { AccountStore } from '../../engine/ports/accounts.ts'
import { silentLogger } from './silent-logger.ts'

export async function createMemoryAccounts(): Promise<AccountStore> {
  const { accounts } = await openDatabase('memory://', { tenant: 'default', logger: silentLogger })
  return accounts
}
