/** Something fetched from REST, fetched again when `key` changes; an older answer never replaces a newer one. */
import { useEffect, useRef, useState } from 'react'

export interface Fetched<T> {
  readonly value: T | null
  readonly error: unknown
  readonly reload: () => void
}

/**
 * @param version changes when the server is known to have something new; many changes within `settleMs` are one fetch
 */
export function useResource<T>(fetch: () => Promise<T>, key: string, version: unknown = null): Fetched<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({
    key,
    value: null,
    error: null,
  })
  const [attempt, setAttempt] = useState(0)
  const latest = useRef({ fetch, serial: 0, startedMs: 0 })
  latest.current.fetch = fetch

  // biome-ignore lint/correctness/useExhaustiveDependencies: version and attempt are only reasons to fetch again
  useEffect(() => {
    const { current } = latest
    const sinceMs = performance.now() - current.startedMs
    const delayMs = current.startedMs === 0 ? 0 : Math.max(0, settleMs - sinceMs)
    const timer = setTimeout(() => {
      current.serial += 1
      current.startedMs = performance.now()
      const { serial } = current
      current.fetch().then(
        value => serial === current.serial && setState({ key, value, error: null }),
        error =>
          serial === current.serial && setState(old => ({ key, value: old.key === key ? old.value : null, error })),
      )
    }, delayMs)
    return () => clearTimeout(timer)
  }, [key, version, attempt])

  const isCurrent = state.key === key
  return {
    value: isCurrent ? state.value : null,
    error: isCurrent ? state.error : null,
    reload: () => setAttempt(attempt + 1),
  }
}

const settleMs = 500
