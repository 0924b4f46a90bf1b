/**
 * The server's clock as the page sees it, and the one ticker that moves every number: listeners are told once a second,
 * on the server's full second, so that all numbers on a page change together and cost no traffic.
 */
import { useSyncExternalStore } from 'react'

let offsetMs = 0
let nowSec = Math.floor(Date.now() / 1000)
let timer: ReturnType<typeof setTimeout> | null = null
const listeners = new Set<() => void>()

/** Takes the server's time as of now. */
export function syncClock(serverTime: string): void {
  const parsed = Date.parse(serverTime)
  if (Number.isNaN(parsed)) return
  offsetMs = parsed - Date.now()
  if (timer !== null) {
    clearTimeout(timer)
    tick()
  }
}

/** The server's present time, in milliseconds since the epoch. */
export function serverNowMs(): number {
  return Date.now() + offsetMs
}

function tick(): void {
  const now = serverNowMs()
  nowSec = Math.floor(now / 1000)
  timer = setTimeout(tick, 1000 - (now % 1000) + 5)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === null) tick()
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearTimeout(timer)
    timer = null
  }
}

/** The server's time in whole seconds, as milliseconds; re-renders once a second. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => nowSec) * 1000
}
