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
  /** `part` of the administration; `entry` of a list, or a new one. */
  | { readonly name: 'admin'; readonly part: string | null; readonly entry: string | null; readonly isNew: boolean }
  | { readonly name: 'unknown' }

/** The page that a path stands for; a path that can't be decoded is unknown. */
export function pageOf(path: string): Page {
  const [first = '', second, ...more] = path.split('/').filter(part => part !== '')
  if (first === 'admin') return adminPageOf([second, ...more])
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
  if (first === 'agents' || first === 'calls' || first === 'desk' || first === 'voicemail' || first === 'staffing')
    return { name: first }
  return { name: 'unknown' }
}

function adminPageOf([part, entry, ...more]: readonly (string | undefined)[]): Page {
  if (more.length > 0) return { name: 'unknown' }
  // A key may be anything, so that a new entry can't have a key's place in the path.
  if (part === 'new' && entry !== undefined) return { name: 'admin', part: entry, entry: null, isNew: true }
  try {
    const key = entry === undefined ? null : decodeURIComponent(entry)
    return { name: 'admin', part: part ?? null, entry: key, isNew: false }
  } catch {
    return { name: 'unknown' }
  }
}

export function adminPath(part: string, entry: string | null = null): string {
  return entry === null ? `/admin/${part}` : `/admin/${part}/${encodeURIComponent(entry)}`
}

export function newEntryPath(list: string): string {
  return `/admin/new/${list}`
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
