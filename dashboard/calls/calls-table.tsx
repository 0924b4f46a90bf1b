/** Live calls and ended calls as tables; each row leads to the call's page. */
import type { MouseEvent, ReactNode } from 'react'
import type { CallRecord } from '../../server/api/calls.ts'
import { useReader } from '../context.ts'
import { agentOf, type LiveCall, talkOf, waitOf } from '../live/calls.ts'
import { outsideParty } from '../live/outside.ts'
import { useAgents, useQueues } from '../live/store.ts'
import { callPath, navigate } from '../navigation.ts'
import { serverNowMs } from '../time/clock.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { CallStateLabel } from '../ui/state-label.tsx'
import { Span } from '../ui/ticking.tsx'
import { callerNumber, callerTitle, spaced } from '../words.ts'

export function LiveTable({ calls }: { readonly calls: readonly LiveCall[] }) {
  return (
    <table className="data calls-table">
      <thead>
        <tr>
          <th>State</th>
          <th>Caller</th>
          <th>Dialled</th>
          <th>Queue</th>
          <th className="right">Waiting</th>
          <th className="right">Talking</th>
          <th>Agent</th>
        </tr>
      </thead>
      <tbody>
        {calls.map(call => (
          <CallRow key={call.callId} call={call}>
            <td className="call-state">
              <CallStateLabel state={call.state} isHeld={call.heldBy !== null} />
            </td>
            <Caller call={call} />
            <Where call={call} />
            <Durations call={call} />
            <PartyCell call={call} agentId={agentOf(call)} />
          </CallRow>
        ))}
      </tbody>
    </table>
  )
}

export function EndedTable({ calls }: { readonly calls: readonly CallRecord[] }) {
  const { format } = useReader()
  const nowMs = serverNowMs()
  return (
    <table className="data calls-table">
      <thead>
        <tr>
          <th>Result</th>
          <th>Caller</th>
          <th>Dialled</th>
          <th>Queue</th>
          <th className="right">Waited</th>
          <th className="right">Talked</th>
          <th>Agent</th>
          <th>Ended</th>
        </tr>
      </thead>
      <tbody>
        {calls.map(call => (
          <CallRow key={call.callId} call={call}>
            <td className="call-state">
              <CallStateLabel state={call.state} />
            </td>
            <Caller call={call} />
            <Where call={call} />
            <Durations call={call} />
            <PartyCell call={call} agentId={call.agentId} />
            <td data-label="Ended" className="num call-over">
              {call.endedAt === null ? '–' : format.dateTime(call.endedAt, nowMs)}
              {call.endedBy !== null && <span className="sub">by {spaced(call.endedBy)}</span>}
            </td>
          </CallRow>
        ))}
      </tbody>
    </table>
  )
}

/** The whole row is clickable for the mouse; the keyboard and screen readers use the link in it. */
function CallRow({ call, children }: { readonly call: CallRecord; readonly children: ReactNode }) {
  const open = (event: MouseEvent) => {
    if ((event.target as Element).closest('a, button') !== null || getSelection()?.isCollapsed === false) return
    navigate(callPath(call.callId))
  }
  return (
    <tr className="linked" onClick={open}>
      {children}
    </tr>
  )
}

function Caller({ call }: { readonly call: CallRecord }) {
  const title = callerTitle(call.ani)
  const number = callerNumber(call.ani)
  return (
    <td className="call-caller">
      <Link to={callPath(call.callId)} className="main plain-link">
        {title}
      </Link>
      {title !== number && <span className="sub num">{number}</span>}
    </td>
  )
}

function Where({ call }: { readonly call: CallRecord }) {
  const queues = useQueues()
  const { queueId } = call
  return (
    <>
      <td data-label="Dialled" className="call-dialled">
        {call.dnis}
      </td>
      <td data-label="Queue" className="call-queue">
        {queueId === null ? <span className="muted">–</span> : (queues.get(queueId)?.name ?? queueId)}
      </td>
    </>
  )
}

function Durations({ call }: { readonly call: CallRecord }) {
  return (
    <>
      <td className="right" data-label={call.endedAt === null ? 'Waiting' : 'Waited'}>
        <Span span={waitOf(call)} />
      </td>
      <td className="right" data-label={call.endedAt === null ? 'Talking' : 'Talked'}>
        <Span span={talkOf(call)} />
      </td>
    </>
  )
}

/** Who talks to the caller: an agent, or somebody outside. */
function PartyCell({ call, agentId }: { readonly call: CallRecord; readonly agentId: string | null }) {
  const agent = useAgents().get(agentId ?? '')
  const outside = outsideParty(call)
  if (outside !== null)
    return (
      <td data-label="Agent" className="call-agent">
        <span className="with-icon num">
          <Icon name="leave" size={16} />
          {outside.number}
        </span>
        <span className="sub">outside, by {outside.trunkId}</span>
      </td>
    )
  return (
    <td data-label="Agent" className="call-agent">
      {agentId === null ? <span className="muted">–</span> : (agent?.name ?? agentId)}
    </td>
  )
}
