/** From the session to the page: sign-in, or the shell with the page of the address. */
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import type { WhoAmI } from '../server/api/session.ts'
import { getToken } from './api/http.ts'
import { type Reader, ReaderContext } from './context.ts'
import { connectLive, type LiveConnection } from './live/connection.ts'
import { navigate, type Page, pageOf, usePath } from './navigation.ts'
import { pagesFor, topicsFor } from './pages.ts'
import { checkSession, sessionEnded, useSession } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { Shell } from './shell/shell.tsx'
import { createTimeFormat } from './time/format.ts'
import { Link } from './ui/link.tsx'
import { Failure, Loading, Notice } from './ui/notices.tsx'
import { Wallboard } from './wallboard/wallboard.tsx'

const AgentsPage = lazy(() => import('./agents/agents-page.tsx').then(module => ({ default: module.AgentsPage })))
const CallsPage = lazy(() => import('./calls/calls-page.tsx').then(module => ({ default: module.CallsPage })))
const CallPage = lazy(() => import('./calls/call-page.tsx').then(module => ({ default: module.CallPage })))
const DeskPage = lazy(() => import('./desk/desk-page.tsx').then(module => ({ default: module.DeskPage })))
const VoicemailPage = lazy(() =>
  import('./voicemail/voicemail-page.tsx').then(module => ({ default: module.VoicemailPage })),
)
const StaffingPage = lazy(() =>
  import('./staffing/staffing-page.tsx').then(module => ({ default: module.StaffingPage })),
)
const AdminPage = lazy(() => import('./admin/admin-page.tsx').then(module => ({ default: module.AdminPage })))

export function App() {
  const session = useSession()
  switch (session.phase) {
    case 'checking':
      return (
        <main className="page">
          <Loading />
        </main>
      )
    case 'unreachable':
      return (
        <main className="page">
          <Failure title="Strowger can’t be reached" message={session.message} retry={() => void checkSession()} />
        </main>
      )
    case 'signedOut':
      return <SignIn notice={session.notice} />
    case 'signedIn':
      return <SignedIn key={session.who.user} who={session.who} />
  }
}

function SignedIn({ who }: { readonly who: WhoAmI }) {
  const [connection, setConnection] = useState<LiveConnection | null>(null)
  // What else the session tells may change while pages are open.
  const { role, agentId } = who
  useEffect(() => {
    const topics = topicsFor({ role, agentId })
    const live = connectLive({ token: getToken(), topics, agentId, onUnauthorized: sessionEnded })
    setConnection(live)
    return () => live.stop()
  }, [role, agentId])

  const reader = useMemo<Reader>(
    () => ({
      who,
      canSupervise: who.role === 'administrator' || who.role === 'supervisor',
      isAdministrator: who.role === 'administrator',
      format: createTimeFormat(who.timeZone),
      connection,
    }),
    [who, connection],
  )
  const page = pageOf(usePath())
  const links = pagesFor(who)

  // An agent begins at the desk; everyone else at the wallboard.
  useEffect(() => {
    const [first] = pagesFor({ role, agentId })
    if (location.pathname === '/' && first?.name === 'desk') navigate('/desk', { replace: true })
  }, [role, agentId])

  const isAllowed = links.some(link => link.name === (page.name === 'call' ? 'calls' : page.name))
  return (
    <ReaderContext value={reader}>
      <Shell page={page} links={links}>
        <Suspense fallback={<Loading />}>{isAllowed ? <PageView page={page} /> : <NothingHere />}</Suspense>
      </Shell>
    </ReaderContext>
  )
}

function PageView({ page }: { readonly page: Page }) {
  switch (page.name) {
    case 'wallboard':
      return <Wallboard />
    case 'agents':
      return <AgentsPage />
    case 'calls':
      return <CallsPage />
    case 'call':
      return <CallPage key={page.callId} callId={page.callId} />
    case 'desk':
      return <DeskPage />
    case 'voicemail':
      return <VoicemailPage />
    case 'staffing':
      return <StaffingPage />
    case 'admin':
      return <AdminPage page={page} />
    case 'unknown':
      return <NothingHere />
  }
}

function NothingHere() {
  return (
    <div className="card">
      <Notice icon="search" title="There is nothing here for you">
        <p>The address is wrong, or your role doesn’t include this page.</p>
        <Link to="/">To the wallboard</Link>
      </Notice>
    </div>
  )
}
