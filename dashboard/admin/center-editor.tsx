/** The whole definition as YAML: read, changed, applied; what is wrong with it is told line by line. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type KeyboardEvent, useId, useState } from 'react'
import { ApiError, messageOf, type Tagged } from '../api/http.ts'
import { center as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { checkSession } from '../session/session.ts'
import { Failure, Loading } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { dropDraft, keepDraft, useDraft } from './drafts.ts'
import { LinedText } from './lined-text.tsx'
import { type Refusal, RefusalView } from './refusal-view.tsx'

/** Where its draft is kept. */
const draftId = 'definition'

export function CenterEditor({ onApplied }: { readonly onApplied: () => void }) {
  const stored = useResource(() => resource.read(), 'center')
  return (
    <section className="section" aria-labelledby="center">
      <div className="section-head">
        <h2 id="center">Contact center</h2>
      </div>
      {stored.value !== null ? (
        <Editor stored={stored.value} onApplied={onApplied} />
      ) : stored.error === null ? (
        <Loading rows={1} height={480} />
      ) : (
        <div className="card">
          <Failure title="The definition can’t be read" message={messageOf(stored.error)} retry={stored.reload} />
        </div>
      )}
    </section>
  )
}

interface EditorProps {
  readonly stored: Tagged<string>
  readonly onApplied: () => void
}

function Editor({ stored, onApplied }: EditorProps) {
  const { connection, who } = useReader()
  const [inForce, setInForce] = useState(stored)
  const draft = useDraft(draftId)
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [isOvertaken, setOvertaken] = useState(false)
  const hintId = useId()
  const text = draft === undefined ? inForce.value : String(draft.value)
  const isChanged = draft !== undefined
  const setText = (value: string) => {
    if (value === inForce.value) dropDraft(draftId)
    else keepDraft(draftId, { base: inForce.value, tag: inForce.tag, ...draft, value })
  }

  /** @param tag '*': whatever somebody else has made of it meanwhile */
  const apply = async (tag: string) => {
    setBusy(true)
    setRefusal(null)
    setOvertaken(false)
    try {
      const applied = await resource.apply(text, tag)
      setInForce(applied)
      dropDraft(draftId)
      notifications.show({ message: 'The definition is in force. Running calls go on.' })
      connection?.reload()
      onApplied()
      // The time zone of every page comes with the session; what else does is asked for where it is shown.
      if (!applied.value.includes(`timeZone: ${who.timeZone}\n`)) void checkSession()
    } catch (error) {
      const problem = error instanceof ApiError ? error.problem : null
      setOvertaken(problem?.code === 'center.changed')
      setRefusal({ message: messageOf(error), problems: problem?.problems ?? [] })
    } finally {
      setBusy(false)
    }
  }
  const takeTheirs = async () => {
    setInForce(await resource.read())
    dropDraft(draftId)
    setRefusal(null)
    setOvertaken(false)
  }
  const applyByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !isChanged || isBusy) return
    event.preventDefault()
    void apply(draft?.tag ?? '*')
  }

  return (
    <div className="card editor">
      <LinedText
        label="Definition of the contact center, YAML"
        text={text}
        onChange={setText}
        onKeyDown={applyByKey}
        describedBy={hintId}
      />
      {refusal !== null && (
        <RefusalView
          title={refusal.problems.length === 0 ? refusal.message : 'Nothing was applied: this has to be mended first.'}
          problems={refusal.problems}
        />
      )}
      {isOvertaken && (
        <div className="toolbar editor-overtaken">
          <span>Your text is still here.</span>
          <Button variant="default" disabled={isBusy} onClick={() => void takeTheirs()}>
            Take theirs, drop mine
          </Button>
          <Button variant="default" disabled={isBusy} onClick={() => void apply('*')}>
            Apply mine all the same
          </Button>
        </div>
      )}
      <div className="editor-foot">
        <p className="muted" id={hintId}>
          Passwords are kept and never shown: leave them out to keep them. Applying replaces the whole definition.
        </p>
        <div className="toolbar">
          <Button
            variant="default"
            disabled={!isChanged || isBusy}
            onClick={() => {
              dropDraft(draftId)
              setRefusal(null)
              setOvertaken(false)
            }}
          >
            Undo changes
          </Button>
          <Button disabled={!isChanged} loading={isBusy} onClick={() => void apply(draft?.tag ?? '*')}>
            Apply
          </Button>
        </div>
      </div>
    </div>
  )
}
