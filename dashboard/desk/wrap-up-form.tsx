/**
 * Disposition and notes, writable from the moment the call is answered; in wrap-up with the time that is left. What
 * has been written is sent shortly before the timer ends the wrap-up, so that it isn't lost.
 */
import { Autocomplete, Button, Kbd, NativeSelect, Textarea } from '@mantine/core'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { AgentReply } from '../../server/api/agents.ts'
import { agents } from '../api/resources.ts'
import { serverNowMs } from '../time/clock.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
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
  /** Keeps what is written, and ends nothing. */
  readonly onSave: () => void
}

export function WrapUpForm({ agent, caller, draft, onChange, onComplete, onSave }: WrapUpFormProps) {
  const isWrapping = agent.slot === 'wrapping'
  const { deadline } = agent
  const mode = agent.wrapUp?.mode ?? 'timed'
  const isMandatory = mode === 'mandatory'
  const known = agent.wrapUp?.dispositions ?? []
  // A mandatory wrap-up can't be completed by the agent: what is written is kept until the time is up.
  const send = isMandatory ? onSave : onComplete
  const latest = useRef({ draft, send })
  latest.current = { draft, send }

  useEffect(() => {
    if (!isWrapping || deadline === null) return
    const inMs = Date.parse(deadline) - serverNowMs() - sendBeforeMs
    const timer = setTimeout(
      () => {
        const { disposition, notes } = latest.current.draft
        if (disposition.trim() !== '' || notes.trim() !== '') latest.current.send()
      },
      Math.max(0, inMs),
    )
    return () => clearTimeout(timer)
  }, [isWrapping, deadline])

  const completeByKey = (event: KeyboardEvent) => {
    if (!isWrapping || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    send()
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
      {known.length > 0 ? (
        <NativeSelect
          label="Result"
          data={[{ value: '', label: 'Choose a result' }, ...known]}
          value={draft.disposition}
          onChange={event => onChange({ ...draft, disposition: event.currentTarget.value })}
        />
      ) : (
        <Autocomplete
          label="Result"
          placeholder="Choose or write your own"
          data={[...dispositions]}
          maxLength={maxDisposition}
          value={draft.disposition}
          onChange={disposition => onChange({ ...draft, disposition })}
        />
      )}
      <Textarea
        label="Notes"
        rows={3}
        maxLength={maxNotes}
        value={draft.notes}
        onChange={event => onChange({ ...draft, notes: event.currentTarget.value })}
      />
      <WrapUpTools agent={agent} onSave={onSave} />
      {isWrapping && (
        <p className="muted wrap-up-hint">
          <span className="only-wide">
            <Kbd>Ctrl</Kbd> + <Kbd>Enter</Kbd> completes from within a field.{' '}
          </span>
          {isMandatory && 'This wrap-up lasts its whole time. '}
          {mode === 'untilDisposition' && 'This wrap-up ends with a result. '}
          {deadline !== null && 'When the time is up, what you have written is sent.'}
        </p>
      )}
    </section>
  )
}

/** What else can be done about the wrap-up, where the queue allows it. */
function WrapUpTools({ agent, onSave }: { readonly agent: AgentReply; readonly onSave: () => void }) {
  const { run, isBusy } = useAction()
  const { id, slot, deadline, wrapUp } = agent
  const isWrapping = slot === 'wrapping'
  const mayAsk = !isWrapping && wrapUp?.mode === 'optional' && !wrapUp.asked
  const mayExtend = isWrapping && deadline !== null && (wrapUp?.extensionsLeft ?? 0) > 0
  return (
    <div className="toolbar wrap-up-tools">
      {!isWrapping && (
        <Button variant="default" size="compact-sm" leftSection={<Icon name="pencil" size={14} />} onClick={onSave}>
          Save
        </Button>
      )}
      {mayAsk && (
        <Button
          variant="default"
          size="compact-sm"
          loading={isBusy}
          onClick={() => run(() => agents.askWrapUp(id), 'There will be a wrap-up after this call')}
        >
          I need a wrap-up
        </Button>
      )}
      {wrapUp?.mode === 'optional' && wrapUp.asked && !isWrapping && (
        <span className="muted">A wrap-up follows this call.</span>
      )}
      {mayExtend && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Icon name="clock" size={14} />}
          loading={isBusy}
          onClick={() => run(() => agents.extendWrapUp(id))}
        >
          {`${Math.round((wrapUp?.extendMs ?? 0) / 1000)} s more`}
        </Button>
      )}
    </div>
  )
}
