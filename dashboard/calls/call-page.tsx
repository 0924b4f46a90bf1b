/** One call: what it is, what happened, and why it went where it went. */
import { Button, Modal } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { CallExplanationReply, CallReply } from '../../server/api/calls.ts'
import { ApiError, messageOf } from '../api/http.ts'
import { calls as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { agentOf, talkOf, waitOf } from '../live/calls.ts'
import { outsideParty } from '../live/outside.ts'
import { useCall } from '../live/store.ts'
import { serverNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { CallStateLabel } from '../ui/state-label.tsx'
import { Elapsed, Span } from '../ui/ticking.tsx'
import { callerNumber, callerTitle, placeWords, spaced } from '../words.ts'
import { CallbackWay } from './callback-way.tsx'
import { useNames } from './names.ts'
import { Timeline } from './timeline.tsx'
import { Transfer } from './transfer-dialog.tsx'
import { Visits } from './visits.tsx'
import { WhyNot } from './why-not.tsx'
import './calls.css'

export function CallPage({ callId }: { readonly callId: string }) {
  // The live call is another object after each of its events: the reason to ask again.
  const live = useCall(callId)
  const call = useResource(() => resource.get(callId), callId, live)
  const explanation = useResource(() => resource.explain(callId), callId, live)
  return (
    <>
      <Link to="/calls" className="with-icon back-link">
        <Icon name="left" size={16} /> All calls
      </Link>
      {call.value !== null ? (
        <CallView call={call.value} explanation={explanation.value} explanationError={explanation.error} />
      ) : call.error === null ? (
        <Loading rows={4} height={96} />
      ) : call.error instanceof ApiError && call.error.status === 404 ? (
        <div className="card">
          <Notice icon="search" title="There is no such call">
            <p>It may be older than what the store keeps.</p>
          </Notice>
        </div>
      ) : (
        <div className="card">
          <Failure title="The call can’t be read" message={messageOf(call.error)} retry={call.reload} />
        </div>
      )}
    </>
  )
}

interface CallViewProps {
  readonly call: CallReply
  readonly explanation: CallExplanationReply | null
  readonly explanationError: unknown
}

function CallView({ call, explanation, explanationError }: CallViewProps) {
  const names = useNames()
  return (
    <>
      <Header call={call} summary={explanation?.summary ?? null} />
      <div className="call-columns">
        <section aria-labelledby="why">
          <div className="section-head">
            <h2 id="why">Why it went where it went</h2>
          </div>
          {explanation !== null ? (
            <div className="visits">
              {explanation.callback !== undefined && (
                <CallbackWay callback={explanation.callback} callId={call.callId} names={names} />
              )}
              <Visits explanation={explanation} call={call} names={names} />
              {explanation.visits.length > 0 && <WhyNot callId={call.callId} />}
            </div>
          ) : explanationError === null ? (
            <Loading rows={2} height={120} />
          ) : (
            <div className="card">
              <Failure title="The explanation can’t be read" message={messageOf(explanationError)} />
            </div>
          )}
        </section>
        <div className="call-side">
          <section aria-labelledby="timeline">
            <div className="section-head">
              <h2 id="timeline">What happened</h2>
            </div>
            <div className="card timeline-card">
              <Timeline entries={call.timeline} arrivedAt={call.arrivedAt} names={names} />
            </div>
          </section>
          <Facts call={call} />
        </div>
      </div>
    </>
  )
}

function Header({ call, summary }: { readonly call: CallReply; readonly summary: string | null }) {
  const { canSupervise, format } = useReader()
  const names = useNames()
  const isLive = call.endedAt === null
  const live = useCall(call.callId)
  const agentId = agentOf(call)
  const title = callerTitle(call.ani)
  const number = callerNumber(call.ani)
  const outside = outsideParty(call)
  // Who has it to hand on: its agent, or the one who has called somebody outside himself.
  const holder = agentId ?? (outside === null ? null : call.fromAgentId)
  return (
    <div className="card call-head">
      <div className="call-title">
        <div>
          <h1>{title}</h1>
          <p className="muted num">
            {title !== number && `${number} · `}dialled {call.dnis}
          </p>
        </div>
        {isLive && canSupervise && (
          <div className="toolbar">
            {call.state === 'connected' && holder !== null && (
              <Transfer callId={call.callId} agentId={holder} title={title} />
            )}
            <HangUp callId={call.callId} title={title} />
          </div>
        )}
      </div>
      {summary !== null && <p className="call-summary">{summary}</p>}
      <dl className="facts-row">
        <Fact label="State">
          <CallStateLabel state={call.state} isHeld={(live?.heldBy ?? null) !== null} />
        </Fact>
        <Fact label={isLive ? 'In this state' : 'Ended'}>
          {isLive ? <Elapsed since={call.since} /> : format.dateTime(call.endedAt ?? call.since, serverNowMs())}
        </Fact>
        <Fact label={isLive ? 'Waiting' : 'Waited'}>
          <Span span={waitOf(call)} />
        </Fact>
        <Fact label={isLive ? 'Talking' : 'Talked'}>
          <Span span={talkOf(call)} />
        </Fact>
        <Fact label="Queue">{call.queueId === null ? '–' : names.queue(call.queueId)}</Fact>
        <Fact label="Agent">{agentId === null ? '–' : names.agent(agentId)}</Fact>
        {outside !== null && (
          <Fact label="Outside">
            <span className="num">{outside.number}</span> <span className="muted">by {outside.trunkId}</span>
          </Fact>
        )}
        {!isLive && (
          <Fact label="Ended by">
            {call.endedBy ?? '–'}
            {call.cause !== null && <span className="muted"> · {spaced(call.cause)}</span>}
          </Fact>
        )}
      </dl>
    </div>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function HangUp({ callId, title }: { readonly callId: string; readonly title: string }) {
  const [isAsking, setAsking] = useState(false)
  const { run, isBusy } = useAction()
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)} leftSection={<Icon name="close" size={16} />}>
        End call
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={`End the call of ${title}?`} centered>
        <p>Caller and agent are cut off at once. This can’t be undone.</p>
        <div className="toolbar dialog-buttons">
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep it
          </Button>
          <Button
            loading={isBusy}
            data-autofocus
            onClick={async () => {
              if (await run(() => resource.hangUp(callId), 'The call was ended')) setAsking(false)
            }}
          >
            End call
          </Button>
        </div>
      </Modal>
    </>
  )
}

function Facts({ call }: { readonly call: CallReply }) {
  const { format } = useReader()
  const names = useNames()
  const attributes = Object.entries(call.attributes)
  const technical: readonly (readonly [string, string | null])[] = [
    ['Arrived', format.dateTime(call.arrivedAt, serverNowMs())],
    ['Trunk', call.trunkId],
    ['From agent', call.fromAgentId === null ? null : names.agent(call.fromAgentId)],
    ['SIP code', call.sipCode === null ? null : String(call.sipCode)],
    ['Call', call.callId],
    ['SIP Call-ID', call.sipCallId],
  ]
  return (
    <>
      <section className="section" aria-labelledby="attributes">
        <div className="section-head">
          <h2 id="attributes">Attributes</h2>
        </div>
        <div className="card facts-card">
          {attributes.length === 0 ? (
            <p className="muted">None</p>
          ) : (
            <dl className="facts">
              {attributes.map(([key, value]) => (
                <div key={key}>
                  <dt>{key}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      </section>
      <section className="section" aria-labelledby="segments">
        <div className="section-head">
          <h2 id="segments">Details</h2>
        </div>
        <div className="card facts-card">
          <dl className="facts">
            {technical.map(([label, value]) =>
              value === null ? null : (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd className={label.startsWith('SIP C') || label === 'Call' ? 'mono' : undefined}>{value}</dd>
                </div>
              ),
            )}
            {(call.legs ?? []).map(({ sipCallId, party }) => (
              <div key={sipCallId}>
                <dt>{placeWords(party, names)}</dt>
                <dd>
                  <span className="mono">{sipCallId}</span>
                  <span className="sub-line muted">SIP Call-ID of this leg</span>
                </dd>
              </div>
            ))}
            {(call.outside ?? []).map(({ legId, number, trunkId, outcome, reason, sipCode, talkMs }) => (
              <div key={legId}>
                <dt className="num">{number}</dt>
                <dd>
                  {outcome === null
                    ? 'on the call now'
                    : outcome === 'completed'
                      ? `talked ${formatDuration(talkMs)}`
                      : `not connected: ${spaced(reason ?? outcome)}${sipCode === null ? '' : ` (${sipCode})`}`}
                  <span className="sub-line muted">outside, by trunk {trunkId}</span>
                </dd>
              </div>
            ))}
            {call.segments.map(segment => (
              <div key={segment.segmentId}>
                <dt>{names.agent(segment.agentId)}</dt>
                <dd>
                  {segment.disposition ?? <span className="muted">No disposition</span>}
                  {segment.notes !== null && <span className="sub-line muted">{segment.notes}</span>}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      </section>
    </>
  )
}
