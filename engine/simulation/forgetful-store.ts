/** A store that takes everything and keeps nothing: the engine is measured, not a database. */
import type { Store } from '../ports/store.ts'
import { createMemoryVoicemail } from '../store/memory-voicemail.ts'

export function createForgetfulStore(): Store {
  return {
    kind: 'memory',
    open: async () => ({ cursor: 0, checkpoints: [], agentSequences: new Map() }),
    append: async () => undefined,
    readEvents: async () => [],
    oldestCursor: async () => 0,
    saveCalls: async () => undefined,
    saveSessions: async () => undefined,
    listCalls: async () => [],
    getCall: async () => null,
    queueTotals: async () => [],
    loadCenter: async () => null,
    saveCenter: async () => undefined,
    voicemail: createMemoryVoicemail(),
    forget: async () => false,
    close: async () => undefined,
  }
}
