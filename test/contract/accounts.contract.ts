/** What every AccountStore does, whatever keeps its data. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountStore, ApiKey, UserAccount } from '../../engine/ports/accounts.ts'

const ada: UserAccount = { username: 'ada', passwordHash: 'scrypt$1', role: 'agent', agentId: 'ada' }
const root: UserAccount = { username: 'admin', passwordHash: 'scrypt$2', role: 'administrator', agentId: null }

/** `open` gives accounts that are usable, and what closes them. */
export function accountContract(
  name: string,
  open: () => Promise<{ readonly accounts: AccountStore; close(): Promise<void> }>,
): void {
  describe(`accounts in ${name}`, () => {
    let accounts: AccountStore
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ accounts, close } = await open())
    })
    afterAll(() => close())

    it('keeps, replaces and deletes users', async () => {
      expect(await accounts.countUsers()).toBe(0)
      expect(await accounts.findUser('ada')).toBeNull()
      await accounts.saveUsers([])
      await accounts.saveUsers([ada, root])
      expect(await accounts.countUsers()).toBe(2)
      expect(await accounts.findUser('ada')).toEqual(ada)
      expect(await accounts.findUser('admin')).toEqual(root)
      const promoted: UserAccount = { ...ada, passwordHash: 'scrypt$3', role: 'supervisor', agentId: null }
      await accounts.saveUsers([promoted])
      expect(await accounts.findUser('ada')).toEqual(promoted)
      await accounts.deleteUser('ada')
      await accounts.deleteUser('ada')
      expect(await accounts.findUser('ada')).toBeNull()
      expect(await accounts.countUsers()).toBe(1)
    })

    it('keeps API keys in the order of their creation', async () => {
      const key = (keyId: string, minute: number): ApiKey => ({
        keyId,
        name: `key ${keyId}`,
        keyHash: `hash ${keyId}`,
        role: 'integrator',
        scopes: ['calls:read', 'events:read'],
        createdAt: new Date(Date.UTC(2031, 0, 1, 0, minute)).toISOString(),
      })
      await accounts.saveApiKey(key('b', 1))
      await accounts.saveApiKey(key('a', 2))
      await accounts.saveApiKey({ ...key('c', 0), scopes: [] })
      expect(await accounts.listApiKeys()).toEqual([{ ...key('c', 0), scopes: [] }, key('b', 1), key('a', 2)])
      await accounts.saveApiKey({ ...key('b', 1), name: 'renamed' })
      expect(await accounts.deleteApiKey('a')).toBe(true)
      expect(await accounts.deleteApiKey('a')).toBe(false)
      expect((await accounts.listApiKeys()).map(({ name }) => name)).toEqual(['key c', 'renamed'])
    })

    it('keeps web sessions until they are deleted or have expired', async () => {
      const session = (tokenHash: string, username: string, year = 2131) => ({
        tokenHash,
        username,
        expiresAt: `${year}-01-01T00:00:00.000Z`,
      })
      await accounts.saveSession(session('old', 'ada', 2001))
      for (const tokenHash of ['one', 'two', 'three']) await accounts.saveSession(session(tokenHash, 'ada'))
      await accounts.saveSession(session('four', 'bob'))
      expect(await accounts.findSession('old')).toBeNull()
      expect(await accounts.findSession('one')).toEqual(session('one', 'ada'))
      await accounts.saveSession(session('one', 'ada', 2132))
      expect(await accounts.findSession('one')).toEqual(session('one', 'ada', 2132))
      await accounts.deleteSession('one')
      await accounts.deleteSession('one')
      expect(await accounts.findSession('one')).toBeNull()
      await accounts.deleteSessionsOf('ada')
      expect(await accounts.findSession('two')).toBeNull()
      expect(await accounts.findSession('four')).toEqual(session('four', 'bob'))
    })
  })
}
