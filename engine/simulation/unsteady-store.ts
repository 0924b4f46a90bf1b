/** A store whose writes can be made slow, or to fail, or to hang: what a journal has to live with. */
import { EngineError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { JournalGroup, Store } from '../ports/store.ts'

/**
 * `lostAnswer`: the write is done, but whoever asked is told that it failed. `hangs`: nobody is told anything until the
 * mood changes; then it is done.
 */
export type StoreMood = 'steady' | 'failing' | 'lostAnswer' | 'hangs'

export interface UnsteadyStore extends Store {
  mood: StoreMood
  /** How long each write takes. */
  delayMs: number
  /** Groups as they were written, the same one twice if it was. */
  readonly written: readonly JournalGroup[]
}

/** @param inner where the writes go in the end; everything else goes there at once */
export function createUnsteadyStore(clock: Clock, inner: Store): UnsteadyStore {
  const written: JournalGroup[] = []
  const hanging: (() => void)[] = []
  let mood: StoreMood = 'steady'

  async function write(perform: () => Promise<void>): Promise<void> {
    if (store.delayMs > 0) await new Promise<void>(resolve => void clock.setTimeout(resolve, store.delayMs))
    if (mood === 'hangs') await new Promise<void>(resolve => void hanging.push(resolve))
    if (mood === 'failing') throw new EngineError('store.unavailable', 'the store is dead')
    await perform()
    if (mood === 'lostAnswer') throw new EngineError('store.unavailable', 'the answer was lost')
  }

  const store: UnsteadyStore = {
    ...inner,
    delayMs: 0,
    written,
    get mood() {
      return mood
    },
    set mood(next) {
      mood = next
      if (next !== 'hangs') for (const resume of hanging.splice(0)) resume()
    },
    append: group =>
      write(async () => {
        written.push(group)
        await inner.append(group)
      }),
    saveCalls: records => write(() => inner.saveCalls(records)),
    saveSessions: records => write(() => inner.saveSessions(records)),
  }
  return store
}
