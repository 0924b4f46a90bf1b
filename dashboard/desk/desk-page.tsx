/** The agent's desk: own state, the call at hand, and the one next action. Calls are answered on the phone, not here. */
import { useEffect, useState } from 'react'
import type { AgentReply } from '../../server/api/agents.ts'
import { agents, calls } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { popInTimeline, popOf } from '../live/screenpops.ts'
import { useAgent, useConnection, useLoaded, usePops } from '../live/store.ts'
import { useAction } from '../ui/action.ts'
import { Loading, Notice } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { callerTitle } from '../words.ts'
import { AvailabilityChoice } from './availability-choice.tsx'
import { CallCard } from './call-card.tsx'
import { useKeys } from './keys.ts'
import { nextAction, webAddress } from './next-action.ts'
import { NextButton } from './next-button.tsx'
import { NotReadyDialog } from './not-ready-dialog.tsx'
import { OwnCall } from './own-call.tsx'
import { OwnPhone } from './own-phone.tsx'
import { OwnQueues } from './own-queues.tsx'
import { StatePanel } from './state-panel.tsx'
import { emptyDraft, useDraft, WrapUpForm } from './wrap-up-form.tsx'
import './desk.css'

export function DeskPage() {
  const { who } = useReader()
  const agent = useAgent(who.agentId ?? '')
  const isLoaded = useLoaded()
  const { phase } = useConnection()
  if (agent !== undefined) return <Desk agent={agent} />
  if (!isLoaded) return phase === 'refused' ? null : <Loading rows={2} height={200} />
  return (
    <div className="card">
      <Notice icon="headset" title="This user has no desk">
        <p>The center defines no agent of this name (any more).</p>
      </Notice>
    </div>
  )
}

function Desk({ agent }: { readonly agent: AgentReply }) {
  const { id, callId } = agent
  const { connection } = useReader()
  const pops = usePops()
  const { run, isBusy } = useAction()
  const [isAsking, setAsking] = useState(false)
  const call = useResource(
    () => (callId === null ? Promise.resolve(null) : calls.get(callId)),
    callId ?? '',
    agent.label,
  ).value
  const pop = callId === null ? null : (popOf(pops, id, callId) ?? popInTimeline(call, id))
  const { draft, setDraft } = useDraft(callId)
  const ani = pop?.ani ?? call?.ani ?? null
  const action = nextAction(agent, pop)

  useShownAcknowledgement(pop === null || !pops.has(pop.popId) ? null : pop.popId)
  useRingingTitle(agent.slot === 'ringing' ? ani : null)

  const goAvailable = () => run(() => agents.setState(id, { availability: 'available' }))
  const goNotReady = async (reason: string) => {
    if (await run(() => agents.setState(id, { availability: 'notReady', reason }))) setAsking(false)
  }
  const signOut = () => run(() => agents.setSession(id, { session: 'offline' }))
  const openRecord = (url: string) => {
    const address = webAddress(url)
    if (address === null) return
    open(address, '_blank', 'noopener,noreferrer')
    if (pop !== null) connection?.acknowledgePop(pop.popId, 'opened')
  }
  const words = () => {
    const disposition = draft.disposition.trim()
    const notes = draft.notes.trim()
    return { ...(disposition === '' ? {} : { disposition }), ...(notes === '' ? {} : { notes }) }
  }
  const complete = async () => {
    if (await run(() => agents.completeWrapUp(id, words()))) setDraft(emptyDraft)
  }
  const save = () => run(() => agents.noteWrapUp(id, words()), 'Saved')
  const doNext = () => {
    if (isBusy) return
    if (action.kind === 'openRecord') openRecord(action.url)
    else if (action.kind === 'completeWrapUp') void complete()
    else if (action.kind === 'saveNotes') void save()
    else if (action.kind !== 'none') void goAvailable()
  }
  const isOnline = agent.session === 'online'
  useKeys({
    a: () => void goAvailable(),
    ...(isOnline ? { n: () => setAsking(true) } : {}),
    enter: doNext,
    ' ': doNext,
  })

  const hasForm = agent.slot === 'engaged' || agent.slot === 'wrapping'
  const next = <NextButton action={action} isBusy={isBusy} onPress={doNext} />
  const choice = { agent, isBusy, onAvailable: () => void goAvailable(), onNotReady: () => setAsking(true) }
  return (
    <div className="desk">
      <h1 className="sw-hidden">Desk</h1>
      <div className={`desk-call${agent.slot === 'wrapping' ? ' is-wrapping' : ''}`}>
        <CallCard agent={agent} pop={pop} call={call} onOpen={openRecord} />
        {agent.slot !== 'wrapping' && <div className="next-place">{next}</div>}
        {hasForm && (
          <WrapUpForm
            agent={agent}
            caller={ani === null ? null : callerTitle(ani)}
            draft={draft}
            onChange={setDraft}
            onComplete={() => void complete()}
            onSave={() => void save()}
          />
        )}
        {agent.slot === 'wrapping' && <div className="next-place">{next}</div>}
      </div>
      <div className="desk-side">
        <StatePanel {...choice} onSignOut={() => void signOut()} />
        <OwnCall agent={agent} />
        <OwnQueues agent={agent} />
        <OwnPhone agent={agent} />
      </div>
      <div className="thumb-bar">
        {next}
        {isOnline && <AvailabilityChoice {...choice} />}
      </div>
      <NotReadyDialog
        isOpen={isAsking}
        isLater={agent.slot !== 'idle'}
        isBusy={isBusy}
        onClose={() => setAsking(false)}
        onChoose={reason => void goNotReady(reason)}
      />
    </div>
  )
}

/** Tells the server that the pop is before the agent's eyes; in a hidden tab it isn't. */
function useShownAcknowledgement(popId: string | null): void {
  const { connection } = useReader()
  const { phase } = useConnection()
  useEffect(() => {
    if (popId === null || connection === null || phase !== 'live') return
    const acknowledge = () => {
      if (document.visibilityState !== 'visible') return
      connection.acknowledgePop(popId, 'shown')
      document.removeEventListener('visibilitychange', acknowledge)
    }
    document.addEventListener('visibilitychange', acknowledge)
    acknowledge()
    return () => document.removeEventListener('visibilitychange', acknowledge)
  }, [popId, connection, phase])
}

/** An agent who looks at another tab sees who rings. */
function useRingingTitle(ani: Parameters<typeof callerTitle>[0] | null): void {
  const title = ani === null ? null : `☎ ${callerTitle(ani)}`
  useEffect(() => {
    if (title === null) return
    const before = document.title
    document.title = title
    return () => {
      document.title = before
    }
  }, [title])
}
