/**
 * Disposition and notes, writable from the moment the call is answered; in wrap-up with the time that is left. What
 * has been written is sent shortly before the timer ends the wrap-up, so that it isn't lost.
 */
import { Autocomplete, Kbd, Textarea } from '@mantine/core'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { AgentReply } from '../../server/api/agents.ts'
import { serverNowMs } from '../time/clock.ts'
import { Remaining } from '../ui/ticking.tsx'
import { dispositions } from '../words.ts'

export interface Draft {
  readonly disposition: string
  readonly notes: string
}

export const emptyDraft: Draft = { disposition: '', notes: '' }

/** A draft for each call; it outlives the page for as long as the tab does not. */
export function useDraft(callId: string | null) {
  const [state, setState] = useState<{ callId: string | null; draft: Draft }>({ callId, draft: emptyDraft })
  const draft = state.callId === callId ? state.draft : emptyDraft
  return { draft, setDraft: (next: Draft) => setState({ callId, draft: next }) }
}

const maxDisposition = 100
const maxNotes = 4000
/** Long enough for the request to arrive before the timer. */
const sendBeforeMs = 1_500

interface WrapUpFormProps {
  readonly agent: AgentReply
  /** Who called, in words. */
  readonly caller: string | null
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
  readonly onComplete: () => void
}

export function WrapUpForm({ agent, caller, draft, onChange, onComplete }: WrapUpFormProps) {
  const isWrapping = agent.slot === 'wrapping'
  const { deadline } = agent
  const latest = useRef({ draft, onComplete })
  latest.current = { draft, onComplete }

  useEffect(() => {
    if (!isWrapping || deadline === null) return
    const inMs = Date.parse(deadline) - serverNowMs() - sendBeforeMs
    const timer = setTimeout(
      () => {
        const { disposition, notes } = latest.current.draft
        if (disposition.trim() !== '' || notes.trim() !== '') latest.current.onComplete()
      },
      Math.max(0, inMs),
    )
    return () => clearTimeout(timer)
  }, [isWrapping, deadline])

  const completeByKey = (event: KeyboardEvent) => {
    if (!isWrapping || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    onComplete()
  }
  return (
    <section className="card wrap-up" aria-labelledby="wrap-up" onKeyDown={completeByKey}>
      <div className="wrap-up-head">
        <h2 id="wrap-up">
          {!isWrapping ? 'Notes for the wrap-up' : caller === null ? 'Wrap-up' : `Wrap-up: ${caller}`}
        </h2>
        {isWrapping && deadline !== null && (
          <span className="num">
            <span className="wrap-up-left">
              <Remaining until={deadline} />
            </span>{' '}
            <span className="muted">left</span>
          </span>
        )}
      </div>
      <Autocomplete
        label="Result"
        placeholder="Choose or write your own"
        data={[...dispositions]}
        maxLength={maxDisposition}
        value={draft.disposition}
        onChange={disposition => onChange({ ...draft, disposition })}
      />
      <Textarea
        label="Notes"
        rows={3}
        maxLength={maxNotes}
        value={draft.notes}
        onChange={event => onChange({ ...draft, notes: event.currentTarget.value })}
      />
      {isWrapping && (
        <p className="muted wrap-up-hint">
          <span className="only-wide">
            <Kbd>Ctrl</Kbd> + <Kbd>Enter</Kbd> completes from within a field.{' '}
          </span>
          {deadline !== null && 'When the time is up, what you have written is sent.'}
        </p>
      )}
    </section>
  )
}
