/** The calls: those in progress, live, and the ended ones, newest first, page by page. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { CallRecord } from '../../server/api/calls.ts'
import { messageOf } from '../api/http.ts'
import { calls as resource } from '../api/resources.ts'
import { useCalls, useConnection, useEndedCalls, useLoaded, useQueues } from '../live/store.ts'
import { navigate } from '../navigation.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { counted } from '../words.ts'
import { EndedTable, LiveTable } from './calls-table.tsx'
import { useEndedPages } from './ended-pages.ts'
import { useNames } from './names.ts'
import { type CallsView, mergeEnded, selectCalls } from './order.ts'
import './calls.css'

const initialView: CallsView = { text: '', queueId: null }
/** More live rows than anyone reads; the filter finds the others. */
const maxRows = 200

export function CallsPage() {
  const isLoaded = useLoaded()
  const { phase } = useConnection()
  const queues = useQueues()
  const live = useCalls()
  const [view, setView] = useState(initialView)
  const shown = selectCalls([...live.values()], view, useNames().agent)

  return (
    <>
      <div className="page-head">
        <h1>Calls</h1>
        <div className="toolbar filters">
          <TextInput
            aria-label="Filter calls"
            placeholder="Caller, number, agent"
            leftSection={<Icon name="search" size={16} />}
            value={view.text}
            onChange={event => setView({ ...view, text: event.currentTarget.value })}
          />
          <NativeSelect
            aria-label="Queue"
            value={view.queueId ?? ''}
            onChange={event => setView({ ...view, queueId: event.currentTarget.value || null })}
            data={[
              { value: '', label: 'All queues' },
              ...[...queues.values()].map(queue => ({ value: queue.id, label: queue.name })),
            ]}
          />
        </div>
      </div>
      <section aria-labelledby="live-calls">
        <div className="section-head">
          <h2 id="live-calls">In progress</h2>
          {isLoaded && <span className="count num">{live.size}</span>}
        </div>
        {!isLoaded ? (
          phase !== 'refused' && <Loading rows={5} height={44} />
        ) : shown.length === 0 ? (
          <div className="card">
            <Notice icon="phone" title={live.size === 0 ? 'No call in progress' : 'No live call fits the filter'} />
          </div>
        ) : (
          <>
            <div className="card table-card">
              <LiveTable calls={shown.slice(0, maxRows)} />
            </div>
            {shown.length > maxRows && (
              <p className="muted table-foot">
                The {maxRows} longest of {counted(shown.length, 'call')} are shown; filter to see others.
              </p>
            )}
          </>
        )}
      </section>
      <EndedSection view={view} />
    </>
  )
}

/** Whoever has a trace of a carrier or of a phone knows a Call-ID, and not when the call was. */
function FindTrace({ sipCallId }: { readonly sipCallId: string }) {
  const { run, isBusy } = useAction()
  const find = async () => {
    const { items } = await resource.list({ limit: 1, sipCallId })
    const [found] = items
    if (found === undefined) throw new Error(`No call has a leg with the SIP Call-ID ${sipCallId}.`)
    navigate(`/calls/${encodeURIComponent(found.callId)}`)
  }
  return (
    <Button variant="default" loading={isBusy} onClick={() => void run(find)}>
      Find it as a SIP Call-ID
    </Button>
  )
}

function EndedSection({ view }: { readonly view: CallsView }) {
  const justEnded = useEndedCalls()
  const pages = useEndedPages(view.queueId)
  const ended: readonly CallRecord[] = selectCalls(mergeEnded(justEnded, pages.calls), view, useNames().agent)
  return (
    <section className="section" aria-labelledby="ended-calls">
      <div className="section-head">
        <h2 id="ended-calls">Ended</h2>
      </div>
      {pages.error !== null && ended.length === 0 ? (
        <div className="card">
          <Failure title="The ended calls can’t be read" message={messageOf(pages.error)} retry={pages.more} />
        </div>
      ) : ended.length === 0 && pages.isBusy ? (
        <Loading rows={5} height={44} />
      ) : ended.length === 0 ? (
        <div className="card">
          <Notice icon="clock" title={view.text === '' ? 'No call has ended yet' : 'No ended call fits the filter'}>
            {view.text.trim() !== '' && <FindTrace sipCallId={view.text.trim()} />}
          </Notice>
        </div>
      ) : (
        <div className="card table-card">
          <EndedTable calls={ended} />
        </div>
      )}
      {pages.error !== null && ended.length > 0 && (
        <p className="with-icon table-foot level-bad" role="alert">
          <Icon name="warning" size={16} /> {messageOf(pages.error)}
        </p>
      )}
      {(pages.hasMore || pages.error !== null) && ended.length > 0 && (
        <Button variant="default" mt={12} loading={pages.isBusy} onClick={pages.more}>
          Show older calls
        </Button>
      )}
    </section>
  )
}
