/**
 * Where the reader is: one small store over the History API, the pages as a union, and a hook. The server answers
 * index.html for every path of this file.
 */
import { useSyncExternalStore } from 'react'

export type Page =
  | { readonly name: 'wallboard' }
  | { readonly name: 'agents' }
  | { readonly name: 'calls' }
  | { readonly name: 'call'; readonly callId: string }
  | { readonly name: 'desk' }
  | { readonly name: 'voicemail' }
  | { readonly name: 'staffing' }
  | { readonly name: 'admin' }
  | { readonly name: 'unknown' }

/** The page that a path stands for; a path that can't be decoded is unknown. */
export function pageOf(path: string): Page {
  const [first = '', second, ...more] = path.split('/').filter(part => part !== '')
  if (more.length > 0) return { name: 'unknown' }
  if (first === 'calls' && second !== undefined) {
    try {
      return { name: 'call', callId: decodeURIComponent(second) }
    } catch {
      return { name: 'unknown' }
    }
  }
  if (second !== undefined) return { name: 'unknown' }
  if (first === '') return { name: 'wallboard' }
  if (
    first === 'agents' ||
    first === 'calls' ||
    first === 'desk' ||
    first === 'voicemail' ||
    first === 'staffing' ||
    first === 'admin'
  )
    return { name: first }
  return { name: 'unknown' }
}

export function callPath(callId: string): string {
  return `/calls/${encodeURIComponent(callId)}`
}

const listeners = new Set<() => void>()

function notify(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener('popstate', notify)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) removeEventListener('popstate', notify)
  }
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (path === location.pathname) return
  if (options.replace === true) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  notify()
  scrollTo(0, 0)
}
