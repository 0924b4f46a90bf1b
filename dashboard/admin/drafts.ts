/** What has been changed and not yet applied: kept while the reader looks at other pages, and gone with the tab. */
import { createStore } from '@xstate/store'
import { useSelector } from '@xstate/store-react'
import { useEffect } from 'react'

export interface Draft {
  /** What it began from, as the server had it. */
  readonly base: unknown
  readonly value: unknown
  /** Of what it began from; null: it is new. */
  readonly tag: string | null
}

const store = createStore({
  context: { drafts: {} as Readonly<Record<string, Draft>> },
  on: {
    kept: ({ drafts }, { id, draft }: { id: string; draft: Draft }) => ({ drafts: { ...drafts, [id]: draft } }),
    dropped: ({ drafts }, { id }: { id: string }) => {
      const { [id]: _dropped, ...others } = drafts
      return { drafts: others }
    },
  },
})

export function keepDraft(id: string, draft: Draft): void {
  store.trigger.kept({ id, draft })
}

export function dropDraft(id: string): void {
  store.trigger.dropped({ id })
}

export function useDraft(id: string): Draft | undefined {
  return useSelector(store, ({ context }) => context.drafts[id])
}

/** Every place where something is not yet applied: `queues/support`, `media`. */
export function useDraftIds(): readonly string[] {
  return Object.keys(useSelector(store, ({ context }) => context.drafts))
}

/** Asks before the tab is closed with changes in it. */
export function useDraftWarning(): void {
  const hasAny = useDraftIds().length > 0
  useEffect(() => {
    if (!hasAny) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [hasAny])
}
