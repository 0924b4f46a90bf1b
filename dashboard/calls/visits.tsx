/** Each visit to a queue with its offers, and for each offer who else was thought of and why not. */
import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { CallExplanationReply, CallReply } from '../../server/api/calls.ts'
import { useReader } from '../context.ts'
import { serverNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { Icon, type IconName } from '../ui/icons.tsx'
import { Notice } from '../ui/notices.tsx'
import { Elapsed } from '../ui/ticking.tsx'
import { capitalised, counted, spaced, unmetWords } from '../words.ts'
import { Moments } from './moments.tsx'
import type { Names } from './names.ts'

type Visit = CallExplanationReply['visits'][number]
type Offer = Visit['offers'][number]

interface VisitsProps {
  readonly explanation: CallExplanationReply
  readonly call: CallReply
  readonly names: Names
}

export function Visits({ explanation, call, names }: VisitsProps) {
  if (explanation.visits.length === 0) {
    return (
      <div className="card">
        <Notice icon="board" title="It never entered a queue" />
      </div>
    )
  }
  return (
    <ol className="visits">
      {explanation.visits.map(visit => (
        <VisitView key={visit.visitId} visit={visit} call={call} names={names} />
      ))}
    </ol>
  )
}

const outcomeWords: Readonly<Record<string, string>> = {
  answered: 'answered',
  abandoned: 'abandoned by the caller',
  flowOut: 'went elsewhere',
  callbackAccepted: 'chose to be called back',
  full: 'refused: the queue was full',
  closed: 'refused: the queue was closed',
  empty: 'refused: no agent was there',
  failed: 'failed',
}

function VisitView({ visit, call, names }: { readonly visit: Visit; readonly call: CallReply; readonly names: Names }) {
  const { format } = useReader()
  const record = call.visits.find(known => known.visitId === visit.visitId)
  return (
    <li className="card visit">
      <div className="visit-head">
        <h3>{names.queue(visit.queueId)}</h3>
        <span className="muted num">
          entered {format.dateTime(visit.enqueuedAt, serverNowMs())}
          {record !== undefined && record.priority > 0 && `, priority ${record.priority}`}
          {record?.step !== undefined && `, now asking for ${record.step}`}
        </span>
        <span className="visit-outcome">
          {visit.outcome === null ? (
            <>
              waiting <Elapsed since={visit.enqueuedAt} />
            </>
          ) : (
            <>
              {outcomeWords[visit.outcome] ?? spaced(visit.outcome)}
              {record !== undefined && <span className="num"> after {formatDuration(record.waitMs)}</span>}
            </>
          )}
        </span>
      </div>
      {visit.waitingBecause !== null && (
        <p className="because with-icon">
          <Icon name="clock" />
          <span>
            <strong>Waits because:</strong> {spaced(visit.waitingBecause)}
          </span>
        </p>
      )}
      {visit.moments.length > 0 && (
        <details className="moments">
          <summary>The wait, moment by moment</summary>
          <Moments moments={visit.moments} />
        </details>
      )}
      {visit.offers.length === 0 ? (
        <p className="muted visit-empty">No agent has been offered this call{visit.outcome === null ? ' yet' : ''}.</p>
      ) : (
        <ol>
          {visit.offers.map((offer, index) => (
            <OfferView
              key={offer.offerId}
              offer={offer}
              number={index + 1}
              isLast={index === visit.offers.length - 1}
              names={names}
            />
          ))}
        </ol>
      )}
    </li>
  )
}

const offerIcons: Readonly<Record<string, IconName>> = {
  accepted: 'checkCircle',
  rejected: 'minusCircle',
  timed_out: 'clock',
  canceled: 'leave',
  rescinded: 'people',
  failed: 'warning',
}

interface OfferProps {
  readonly offer: Offer
  readonly number: number
  readonly isLast: boolean
  readonly names: Names
}

function OfferView({ offer, number, isLast, names }: OfferProps) {
  const { format } = useReader()
  const [isOpen, setOpen] = useState(isLast)
  const { explanation, outcome, reason } = offer
  const result = outcome === null ? 'ringing now' : outcome === 'accepted' ? 'answered' : spaced(outcome)
  return (
    <li className="offer">
      <UnstyledButton className="offer-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className="offer-number num muted">{number}</span>
        <span className="offer-agent">{names.agent(offer.agentId)}</span>
        <span className="with-icon offer-result">
          <Icon name={outcome === null ? 'bell' : (offerIcons[outcome] ?? 'circle')} size={16} />
          <span>
            {result}
            {reason !== null && outcome !== 'accepted' && spaced(reason) !== result && (
              <span className="muted"> · {spaced(reason)}</span>
            )}
          </span>
        </span>
        <time className="num muted" dateTime={offer.createdAt}>
          {format.time(offer.createdAt)}
        </time>
        <Icon name={isOpen ? 'up' : 'down'} size={16} />
      </UnstyledButton>
      {isOpen && (
        <div className="offer-body">
          <p>
            {capitalised(explanation.reason)}
            {/[.!?]$/.test(explanation.reason) ? '' : '.'}{' '}
            <span className="muted">
              Strategy {explanation.strategy}, place {explanation.position} of {explanation.waiting}
              {explanation.step !== null && `, asking for ${stageWords(explanation)}`}.
            </span>
          </p>
          {offer.redirectedTo !== undefined && (
            <p>The phone sent the call on to {offer.redirectedTo.join(', then ')}.</p>
          )}
          <Candidates explanation={explanation} names={names} />
          {explanation.scoreMeaning !== undefined && (
            <p className="muted not-free">Score: {explanation.scoreMeaning}; the highest wins.</p>
          )}
          <NotFree counts={explanation.notFree} />
        </div>
      )}
    </li>
  )
}

/** A ring's name does not say what it asks for. */
function stageWords({ step, asks }: Offer['explanation']): string {
  return asks === undefined ? (step ?? '') : `${step}: ${asks === '' ? 'anyone' : asks}`
}

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 })

function Candidates({ explanation, names }: { readonly explanation: Offer['explanation']; readonly names: Names }) {
  const { candidates, candidateCount, excluded, scoreMeaning } = explanation
  const more = candidateCount - candidates.length
  return (
    <table className="candidates">
      <thead>
        <tr>
          <th>Candidate</th>
          <th className="right" title={scoreMeaning === undefined ? undefined : `${scoreMeaning}; the highest wins`}>
            Score
          </th>
          <th>Reason</th>
        </tr>
      </thead>
      <tbody>
        {candidates.map(candidate => (
          <tr key={candidate.agentId} className={candidate.chosen ? 'is-chosen' : undefined}>
            <td>
              <span className="with-icon">
                {candidate.chosen ? <Icon name="checkCircle" size={16} /> : <span className="icon-space" />}
                {names.agent(candidate.agentId)}
                {candidate.chosen && <span className="sw-hidden">(chosen)</span>}
              </span>
            </td>
            <td className="right num">{number.format(candidate.score)}</td>
            <td>{candidate.reason}</td>
          </tr>
        ))}
        {more > 0 && (
          <tr>
            <td colSpan={3} className="muted">
              and {counted(more, 'other candidate')}
            </td>
          </tr>
        )}
        {excluded.map(({ agentId, reason, unmet }) => (
          <tr key={agentId} className="muted">
            <td>
              <span className="with-icon">
                <Icon name="close" size={16} />
                {names.agent(agentId)}
              </span>
            </td>
            <td className="right">–</td>
            <td>Excluded: {unmet === undefined ? spaced(reason) : unmetWords(unmet)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function NotFree({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  if (parts.length === 0) return null
  return (
    <p className="muted not-free">Not free: {parts.map(([state, count]) => `${count} ${spaced(state)}`).join(', ')}.</p>
  )
}
