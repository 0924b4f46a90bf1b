/** Runs the contracts of stores and accounts against every kind of database that this machine has. */
import { afterAll, beforeAll, describe } from 'vitest'
import { findPostgres } from '../postgres.ts'
import { accountContract } from './accounts.contract.ts'
import { cursorContract } from './cursors.contract.ts'
import { type DatabaseRig, memoryRig, pgliteRig, postgresRig } from './rigs.ts'
import { storeContract } from './store.contract.ts'
import { voicemailContract } from './voicemail.contract.ts'

function databaseContract(name: string, makeRig: () => Promise<DatabaseRig>): void {
  describe(name, () => {
    let rig: DatabaseRig
    beforeAll(async () => {
      rig = await makeRig()
    })
    afterAll(() => rig.remove())

    const stores = () => ({
      persistent: rig.persistent,
      make: async (tenant: string) => (await rig.make(tenant)).store,
    })
    storeContract(name, stores)
    cursorContract(name, stores)
    voicemailContract(name, stores)
    accountContract(name, async () => {
      const database = await rig.make('accounts')
      await database.store.open()
      return { accounts: database.accounts, close: () => database.close() }
    })
  })
}

databaseContract('memory', memoryRig)
databaseContract('PGlite', pgliteRig)

const binaries = findPostgres()
if (binaries === null) {
  describe.skip('LEFT OUT: the contracts against PostgreSQL; no server is installed in /usr/lib/postgresql', () => {})
} else {
  databaseContract('PostgreSQL', () => postgresRig(binaries))
}
