/** Who calls, why, how long they waited, what they said to the menu, and what the CRM knows. */
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ScreenPop } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'
import type { CallReply } from '../../server/api/calls.ts'
import { Transfer } from '../calls/transfer-dialog.tsx'
import { waitOf } from '../live/calls.ts'
import { useQueues } from '../live/store.ts'
import { Icon } from '../ui/icons.tsx'
import { Notice } from '../ui/notices.tsx'
import { AgentStateIcon } from '../ui/state-label.tsx'
import { Duration, Elapsed, Span } from '../ui/ticking.tsx'
import { callerNumber, callerTitle } from '../words.ts'
import { recordUrl, webAddress } from './next-action.ts'

interface CallCardProps {
  readonly agent: AgentReply
  readonly pop: ScreenPop | null
  readonly call: CallReply | null
  readonly onOpen: (url: string) => void
}

export function CallCard({ agent, pop, call, onOpen }: CallCardProps) {
  const queues = useQueues()
  if (agent.slot === 'idle') return <NoCall agent={agent} />
  const ani = pop?.ani ?? call?.ani ?? null
  const queueId = pop?.queueId ?? agent.queueId ?? call?.queueId ?? null
  const url = recordUrl(pop)
  const title = ani === null ? 'Call' : callerTitle(ani)
  const number = ani === null ? null : callerNumber(ani)
  return (
    <section className="card pop" aria-label="The call">
      <p className="pop-state" role="status">
        <AgentStateIcon label={agent.label} />
        <StateWords agent={agent} />
      </p>
      <div className="pop-head">
        <div>
          <h2 className="pop-caller">{title}</h2>
          {number !== null && number !== title && <p className="pop-number num">{number}</p>}
        </div>
        {call !== null && agent.slot === 'engaged' && call.state === 'connected' && call.agentId === agent.id && (
          <Transfer callId={call.callId} agentId={agent.id} title={title} />
        )}
        {url !== null && agent.slot === 'wrapping' && (
          <Button variant="default" rightSection={<Icon name="external" size={16} />} onClick={() => onOpen(url)}>
            Open record
          </Button>
        )}
      </div>
      <dl className="pop-facts">
        <Fact label="Queue">{pop?.queueName ?? queues.get(queueId ?? '')?.name ?? queueId ?? 'Direct call'}</Fact>
        <Fact label="Waited">
          {call !== null ? <Span span={waitOf(call)} /> : pop !== null ? <Duration ms={pop.waitMs} /> : '–'}
        </Fact>
        <Fact label="Dialled">{pop?.dnis ?? call?.dnis ?? '–'}</Fact>
        {pop !== null && (pop.ivr.path.length > 0 || pop.ivr.digits !== '') && (
          <Fact label="Menu">
            {pop.ivr.path.join(' › ')}
            {pop.ivr.digits !== '' && <span className="mono pop-digits"> {pop.ivr.digits}</span>}
          </Fact>
        )}
      </dl>
      <Attributes attributes={pop?.attributes ?? call?.attributes ?? {}} />
      {pop !== null && <Matches pop={pop} onOpen={onOpen} />}
    </section>
  )
}

function StateWords({ agent }: { readonly agent: AgentReply }) {
  switch (agent.slot) {
    case 'engaged':
      return (
        <>
          <strong>
            {agent.label === 'held' ? 'On hold' : agent.label === 'consulting' ? 'Asking a colleague' : 'Talking'}
          </strong>
          <span className="pop-timer">
            <Elapsed since={agent.since} />
          </span>
        </>
      )
    case 'wrapping':
      return <strong>The call is over.</strong>
    default:
      return (
        <>
          <strong>Your phone rings: answer it there, not here.</strong>
          <span className="pop-timer">
            <Elapsed since={agent.since} />
          </span>
        </>
      )
  }
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Attributes({ attributes }: { readonly attributes: Readonly<Record<string, string>> }) {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return null
  return (
    <div className="pop-part">
      <h3>What we know</h3>
      <dl className="pop-attributes">
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

const matchWords = {
  pending: 'Looking the caller up…',
  none: 'The CRM doesn’t know this caller.',
  failed: 'The CRM could not be asked.',
  single: 'In the CRM',
  multiple: 'In the CRM: several fit',
} as const

function Matches({ pop, onOpen }: { readonly pop: ScreenPop; readonly onOpen: (url: string) => void }) {
  // Without any lookup there is nothing to say about its result.
  if (pop.matches.length === 0) {
    return pop.matchStatus === 'pending' && pop.target !== null ? null : (
      <p className="pop-part muted">{matchWords[pop.matchStatus]}</p>
    )
  }
  return (
    <div className="pop-part">
      <h3>{matchWords[pop.matchStatus]}</h3>
      <ul className="matches">
        {pop.matches.map(match => {
          const url = webAddress(match.url)
          return (
            <li key={`${match.system} ${match.recordId}`}>
              <span>
                <strong>{match.label}</strong>
                <span className="muted">
                  {' '}
                  {match.objectType} in {match.system}, {Math.round(match.confidence * 100)} % sure
                </span>
              </span>
              {url !== null && (
                <Button
                  variant="default"
                  size="compact-sm"
                  rightSection={<Icon name="external" size={14} />}
                  onClick={() => onOpen(url)}
                >
                  Open
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function NoCall({ agent }: { readonly agent: AgentReply }) {
  if (agent.session === 'offline') {
    return (
      <section className="card pop-empty">
        <Notice icon="circle" title="You are signed out">
          <p>No calls come to you until you sign in.</p>
        </Notice>
      </section>
    )
  }
  const isFree = agent.availability === 'available' && agent.endpoint !== 'unreachable'
  return (
    <section className="card pop-empty">
      <Notice
        icon={isFree ? 'headset' : 'minusCircle'}
        title={isFree ? 'Ready for the next call' : 'No calls come to you now'}
      >
        <p>
          {isFree
            ? 'The caller appears here as soon as your phone rings. You answer on the phone.'
            : agent.availability === 'notReady'
              ? 'Go available when you want calls.'
              : 'Your phone has to be connected first.'}
        </p>
      </Notice>
    </section>
  )
}
