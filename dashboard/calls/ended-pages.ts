/** The ended calls as REST pages them, gathered page after page. */
import { useEffect, useRef, useState } from 'react'
import type { CallRecord } from '../../server/api/calls.ts'
import { calls as resource } from '../api/resources.ts'

const pageSize = 50
/** Live calls come before ended ones, so the first pages may hold none; a busy center has no more live calls than this. */
const maxLivePages = 100

interface Pages {
  readonly calls: readonly CallRecord[]
  readonly next: string | null
  readonly isBusy: boolean
  readonly error: unknown
}

const start: Pages = { calls: [], next: null, isBusy: true, error: null }

export interface EndedPages extends Pages {
  readonly hasMore: boolean
  readonly more: () => void
}

/** @param queueId only calls of this queue; null: all */
export function useEndedPages(queueId: string | null): EndedPages {
  const [pages, setPages] = useState(start)
  const serial = useRef(0)

  const load = async (before: string | null, sofar: readonly CallRecord[]) => {
    serial.current += 1
    const mine = serial.current
    const isMine = () => mine === serial.current
    setPages({ calls: sofar, next: before, isBusy: true, error: null })
    try {
      const page = await endedPage(queueId, before)
      if (isMine()) setPages({ calls: [...sofar, ...page.calls], next: page.next, isBusy: false, error: null })
    } catch (error) {
      if (isMine()) setPages({ calls: sofar, next: before, isBusy: false, error })
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: load belongs to the queue it was made for
  useEffect(() => {
    void load(null, [])
    return () => {
      serial.current += 1
    }
  }, [queueId])

  return { ...pages, hasMore: pages.next !== null, more: () => void load(pages.next, pages.calls) }
}

async function endedPage(queueId: string | null, before: string | null) {
  const queue = queueId === null ? {} : { queue: queueId }
  let next = before
  for (let i = 0; i < maxLivePages; i += 1) {
    const page = await resource.list({ limit: pageSize, ...queue, ...(next === null ? {} : { before: next }) })
    const calls = page.items.filter(call => call.endedAt !== null)
    next = page.next
    if (calls.length > 0 || next === null) return { calls, next }
  }
  return { calls: [], next }
}
