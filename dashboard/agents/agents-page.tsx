/** The agents: what each does and since when, and, for supervisors, changing it. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AgentReply } from '../../server/api/agents.ts'
import { useReader } from '../context.ts'
import { useAgents, useCalls, useConnection, useEndedCalls, useLoaded, useQueues } from '../live/store.ts'
import { callPath } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { Loading, Notice } from '../ui/notices.tsx'
import { AgentState } from '../ui/state-label.tsx'
import { Elapsed } from '../ui/ticking.tsx'
import { callerTitle, counted, spaced } from '../words.ts'
import { AgentActions } from './agent-actions.tsx'
import { type AgentView, type SortKey, type StateGroup, selectAgents, stateGroups, stateGroupWords } from './order.ts'
import './agents.css'

const initialView: AgentView = { text: '', group: null, queueId: null, sortBy: 'state', isDescending: false }
/** More rows than anyone reads; the filter finds the others. */
const maxRows = 300

const columns: readonly { key: SortKey | null; title: string; className?: string }[] = [
  { key: 'name', title: 'Agent' },
  { key: 'state', title: 'State' },
  { key: 'since', title: 'For', className: 'right' },
  { key: null, title: 'Call' },
  { key: null, title: 'Queues' },
  { key: null, title: 'Phone', className: 'agent-devices' },
  { key: 'handled', title: 'Handled', className: 'right' },
  { key: 'missed', title: 'Missed', className: 'right' },
]

export function AgentsPage() {
  const agents = useAgents()
  const queues = useQueues()
  const isLoaded = useLoaded()
  const { phase } = useConnection()
  const [view, setView] = useState(initialView)
  const change = (part: Partial<AgentView>) => setView({ ...view, ...part })
  const shown = selectAgents(agents.values(), view)
  const isFiltered = view.text !== '' || view.group !== null || view.queueId !== null

  return (
    <>
      <div className="page-head">
        <h1>Agents</h1>
        <div className="toolbar filters">
          <TextInput
            aria-label="Filter agents"
            placeholder="Name, state, reason"
            leftSection={<Icon name="search" size={16} />}
            value={view.text}
            onChange={event => change({ text: event.currentTarget.value })}
          />
          <NativeSelect
            aria-label="State"
            value={view.group ?? ''}
            onChange={event => change({ group: (event.currentTarget.value || null) as StateGroup | null })}
            data={[
              { value: '', label: 'All states' },
              ...(Object.keys(stateGroups) as StateGroup[]).map(group => ({
                value: group,
                label: stateGroupWords[group],
              })),
            ]}
          />
          <NativeSelect
            aria-label="Queue"
            value={view.queueId ?? ''}
            onChange={event => change({ queueId: event.currentTarget.value || null })}
            data={[
              { value: '', label: 'All queues' },
              ...[...queues.values()].map(queue => ({ value: queue.id, label: queue.name })),
            ]}
          />
          <NativeSelect
            className="only-narrow"
            aria-label="Sort by"
            value={view.sortBy}
            onChange={event => change({ sortBy: event.currentTarget.value as SortKey })}
            data={columns.flatMap(({ key, title }) =>
              key === null ? [] : [{ value: key, label: `By ${title.toLowerCase()}` }],
            )}
          />
        </div>
      </div>
      {!isLoaded ? (
        phase !== 'refused' && <Loading rows={8} height={44} />
      ) : agents.size === 0 ? (
        <NoAgents />
      ) : shown.length === 0 ? (
        <div className="card">
          <Notice icon="search" title="No agent fits the filter">
            <Button variant="default" size="sm" mt={8} onClick={() => setView(initialView)}>
              Show all
            </Button>
          </Notice>
        </div>
      ) : (
        <>
          <div className="card table-card">
            <AgentsTable agents={shown.slice(0, maxRows)} view={view} onSort={change} />
          </div>
          <p className="muted table-foot">
            {isFiltered ? `${shown.length} of ${counted(agents.size, 'agent')}` : counted(agents.size, 'agent')}
            {shown.length > maxRows && `; the first ${maxRows} are shown, filter to see others`}
          </p>
        </>
      )}
    </>
  )
}

interface TableProps {
  readonly agents: readonly AgentReply[]
  readonly view: AgentView
  readonly onSort: (part: Partial<AgentView>) => void
}

function AgentsTable({ agents, view, onSort }: TableProps) {
  const { canSupervise } = useReader()
  const sortOn = (key: SortKey) =>
    onSort(key === view.sortBy ? { isDescending: !view.isDescending } : { sortBy: key, isDescending: false })
  return (
    <table className="data agents-table">
      <thead>
        <tr>
          {columns.map(({ key, title, className }) => {
            const isSorted = key !== null && key === view.sortBy
            const order = view.isDescending ? 'descending' : 'ascending'
            return (
              <th key={title} className={className} aria-sort={isSorted ? order : undefined}>
                {key === null ? (
                  title
                ) : (
                  <button type="button" className="sort-button" onClick={() => sortOn(key)}>
                    {title}
                    {isSorted && <Icon name={view.isDescending ? 'down' : 'up'} size={14} />}
                  </button>
                )}
              </th>
            )
          })}
          {canSupervise && (
            <th>
              <span className="sw-hidden">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {agents.map(agent => (
          <AgentRow key={agent.id} agent={agent} canSupervise={canSupervise} />
        ))}
      </tbody>
    </table>
  )
}

function AgentRow({ agent, canSupervise }: { readonly agent: AgentReply; readonly canSupervise: boolean }) {
  const queues = useQueues()
  return (
    <tr>
      <td className="agent-name">
        <span className="main">{agent.name}</span>
        {agent.name !== agent.id && <span className="sub">{agent.id}</span>}
      </td>
      <td className="agent-state">
        <AgentState label={agent.label} reason={agent.label === 'notReady' ? agent.reason : null} />
        {agent.next !== null && <span className="sub">then {nextWords(agent.next)}</span>}
      </td>
      <td className="right agent-since" data-label="For">
        <Elapsed since={agent.since} />
      </td>
      <td data-label="Call" className={agent.callId === null ? 'gone' : 'agent-call'}>
        <CurrentCall callId={agent.callId} queueId={agent.queueId} />
      </td>
      <td data-label="Queues" className="agent-queues">
        {agent.queues.map(id => queues.get(id)?.name ?? id).join(', ') || <span className="muted">None</span>}
        {agent.queuesLeft.length > 0 && (
          <span className="sub">left: {agent.queuesLeft.map(id => queues.get(id)?.name ?? id).join(', ')}</span>
        )}
      </td>
      <td data-label="Phone" className="agent-devices">
        <Devices devices={agent.devices} />
        {agent.acting !== null && agent.acting !== agent.id && <span className="sub">at {agent.acting}</span>}
      </td>
      <td className="right num agent-count" data-label="Handled">
        {agent.today.handled}
      </td>
      <td className="right num agent-count" data-label="Missed">
        {agent.today.missed}
      </td>
      {canSupervise && (
        <td className="right agent-actions">
          <AgentActions agent={agent} />
        </td>
      )}
    </tr>
  )
}

export function nextWords(next: NonNullable<AgentReply['next']>): string {
  const reason = next.reason === null ? '' : ` (${next.reason})`
  return `${spaced(next.availability)}${reason}`
}

function CurrentCall({ callId, queueId }: { readonly callId: string | null; readonly queueId: string | null }) {
  const live = useCalls().get(callId ?? '')
  const ended = useEndedCalls().find(known => known.callId === callId)
  const call = live ?? ended
  const queues = useQueues()
  if (callId === null) return <span className="muted">–</span>
  const queue = queueId ?? call?.queueId ?? null
  return (
    <>
      <Link to={callPath(callId)}>{call === undefined ? 'Show call' : callerTitle(call.ani)}</Link>
      {queue !== null && <span className="sub">{queues.get(queue)?.name ?? queue}</span>}
    </>
  )
}

function Devices({ devices }: { readonly devices: readonly string[] }) {
  const [first, ...others] = devices
  if (first === undefined) return <span className="muted">None</span>
  return (
    <span className="mono device" title={devices.join('\n')}>
      {first.replace(/^sips?:/, '').replace(/;.*$/, '')}
      {others.length > 0 && ` +${others.length}`}
    </span>
  )
}

function NoAgents() {
  const { isAdministrator } = useReader()
  return (
    <div className="card">
      <Notice icon="people" title="No agents yet">
        <p>Agents appear here as soon as the center defines them.</p>
        {isAdministrator && <Link to="/admin">Define the center</Link>}
      </Notice>
    </div>
  )
}
