/** What every Store does with callers' messages, whatever keeps its data. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store, VoicemailQuery } from '../../engine/ports/store.ts'
import type { VoicemailRecord } from '../../engine/records.ts'
import { idOf, instant } from './records.ts'
import type { StoreRig } from './store.contract.ts'

function message(number: number, mailboxId: string, heard = false): VoicemailRecord {
  return {
    messageId: idOf(number),
    tenant: 'default',
    mailboxId,
    callId: idOf(number + 1_000),
    queueId: null,
    ani: { e164: null, raw: 'a\u001fb', name: 'Zoë 🦊 O\'Hara "\\', withheld: false },
    dnis: 'support',
    receivedAt: instant(number),
    durationMs: 12_000,
    bytes: 3_000_000_000,
    endedBy: 'hangup',
    heardAt: heard ? instant(number + 5) : null,
    heardBy: heard ? 'user:ada' : null,
  }
}

export function voicemailContract(name: string, rigOf: () => StoreRig): void {
  describe(`the voicemail of a store in ${name}`, () => {
    let store: Store
    let count = 0
    const tenant = () => `voicemail-${count}`

    beforeEach(async () => {
      count += 1
      store = await rigOf().make(tenant())
      await store.open()
    })
    afterEach(() => store.close())

    const list = async (query: Partial<VoicemailQuery> = {}) =>
      (await store.voicemail.list({ limit: 10, ...query })).map(({ messageId }) => Number(messageId.slice(3)))

    it('gives messages back as they were, newest first, by page, mailbox and whether they were heard', async () => {
      const messages = [message(1, 'a'), message(2, 'b', true), message(3, 'a', true), message(4, 'b'), message(5, 'a')]
      await store.voicemail.save(messages)
      await store.voicemail.save([])
      expect(await store.voicemail.get(idOf(2))).toEqual(messages[1])
      expect(await store.voicemail.get(idOf(9))).toBeNull()
      expect((await store.voicemail.list({ limit: 9 })).at(-1)).toEqual(messages[0])
      expect(await list()).toEqual([5, 4, 3, 2, 1])
      expect(await list({ limit: 2 })).toEqual([5, 4])
      expect(await list({ before: idOf(4), limit: 2 })).toEqual([3, 2])
      expect(await list({ mailboxIds: ['a'] })).toEqual([5, 3, 1])
      expect(await list({ mailboxIds: ['a', 'b'], unheard: true })).toEqual([5, 4, 1])
      expect(await list({ mailboxIds: ['b'], unheard: false })).toEqual([2])
      expect(await list({ mailboxIds: [] })).toEqual([])
    })

    it('replaces a message, removes it, and counts what is there', async () => {
      expect(await store.voicemail.totals()).toEqual([])
      await store.voicemail.save([message(1, 'a'), message(2, 'a'), message(3, 'b')])
      await store.voicemail.save([message(1, 'a'), message(1, 'a', true)])
      expect(await store.voicemail.get(idOf(1))).toEqual(message(1, 'a', true))
      const totals = async () =>
        [...(await store.voicemail.totals())].sort((a, b) => (a.mailboxId < b.mailboxId ? -1 : 1))
      expect(await totals()).toEqual([
        { mailboxId: 'a', messages: 2, unheard: 1, bytes: 6_000_000_000 },
        { mailboxId: 'b', messages: 1, unheard: 1, bytes: 3_000_000_000 },
      ])
      await store.voicemail.remove([idOf(1), idOf(3), idOf(7)])
      await store.voicemail.remove([])
      expect(await totals()).toEqual([{ mailboxId: 'a', messages: 1, unheard: 1, bytes: 3_000_000_000 }])
      expect(await list()).toEqual([2])
    })

    it('shows a tenant nothing of another', async () => {
      await store.voicemail.save([message(1, 'a')])
      await store.close()
      store = await rigOf().make(`${tenant()}-neighbour`)
      await store.open()
      await store.voicemail.remove([idOf(1)])
      expect([await list(), await store.voicemail.get(idOf(1)), await store.voicemail.totals()]).toEqual([[], null, []])
    })
  })
}
