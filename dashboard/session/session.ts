/** Who reads the pages: the session's life from the first look at the cookie to signing out. */
import { createStore } from '@xstate/store'
import { useSelector } from '@xstate/store-react'
import type { WhoAmI } from '../../server/api/session.ts'
import { ApiError, messageOf, setToken, setUnauthorizedHandler } from '../api/http.ts'
import { session as resource } from '../api/resources.ts'
import { syncClock } from '../time/clock.ts'

export type SessionState =
  | { readonly phase: 'checking' }
  | { readonly phase: 'unreachable'; readonly message: string }
  | { readonly phase: 'signedOut'; readonly notice: string | null }
  | { readonly phase: 'signedIn'; readonly who: WhoAmI }

export type Role = WhoAmI['role']

const initial: SessionState = { phase: 'checking' }

const sessionStore = createStore({
  context: { session: initial as SessionState },
  on: {
    changed: (_, event: { session: SessionState }) => ({ session: event.session }),
  },
})

function become(session: SessionState): void {
  sessionStore.trigger.changed({ session })
}

export function useSession(): SessionState {
  return useSelector(sessionStore, snapshot => snapshot.context.session)
}

/** Asks whether the cookie of an earlier visit still stands. */
export async function checkSession(): Promise<void> {
  become({ phase: 'checking' })
  try {
    const who = await resource.who()
    syncClock(who.serverTime)
    become({ phase: 'signedIn', who })
  } catch (error) {
    const isRefused = error instanceof ApiError && (error.status === 401 || error.status === 403)
    if (isRefused) become({ phase: 'signedOut', notice: null })
    else become({ phase: 'unreachable', message: messageOf(error) })
  }
}

/**
 * Asks for what the center tells every reader, which somebody may have changed since signing in. Nothing happens if it is as it was, or
 * can't be had: what is known still stands.
 */
export async function refreshSession(): Promise<void> {
  const who = await resource.who().catch(() => null)
  const { session } = sessionStore.getSnapshot().context
  if (who === null || session.phase !== 'signedIn') return
  const { serverTime } = session.who
  if (JSON.stringify({ ...who, serverTime }) !== JSON.stringify(session.who)) become({ phase: 'signedIn', who })
}

/** @throws ApiError 401 wrong user name or password, 429 too many attempts */
export async function signIn(username: string, password: string): Promise<void> {
  const { token, expiresAt, ...who } = await resource.signIn({ username, password })
  setToken(token)
  syncClock(who.serverTime)
  become({ phase: 'signedIn', who })
}

export async function signOut(): Promise<void> {
  // Signed out here even if the server can't be told: the reader wants to leave.
  await resource.signOut().catch(() => {})
  setToken(null)
  become({ phase: 'signedOut', notice: null })
}

/** The server no longer knows the session. */
export function sessionEnded(): void {
  setToken(null)
  if (sessionStore.getSnapshot().context.session.phase !== 'signedIn') return
  become({ phase: 'signedOut', notice: 'Your session has ended. Sign in again to go on.' })
}

setUnauthorizedHandler(sessionEnded)
