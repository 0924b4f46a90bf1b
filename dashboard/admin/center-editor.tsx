/** The whole definition as YAML: read, changed, applied; what is wrong with it is told line by line. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type KeyboardEvent, type UIEvent, useEffect, useId, useRef, useState } from 'react'
import type { ProblemDocument } from '../../server/api/common.ts'
import { ApiError, messageOf } from '../api/http.ts'
import { center as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { checkSession } from '../session/session.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'

interface Refusal {
  readonly message: string
  readonly problems: NonNullable<ProblemDocument['problems']>
}

export function CenterEditor() {
  const stored = useResource(() => resource.read(), 'center')
  return (
    <section className="section" aria-labelledby="center">
      <div className="section-head">
        <h2 id="center">Contact center</h2>
      </div>
      {stored.value !== null ? (
        <Editor stored={stored.value} />
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

function Editor({ stored }: { readonly stored: string }) {
  const { connection, who } = useReader()
  const [inForce, setInForce] = useState(stored)
  const [text, setText] = useState(stored)
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const isChanged = text !== inForce
  const hintId = useId()

  useEffect(() => {
    if (!isChanged) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isChanged])

  const apply = async () => {
    setBusy(true)
    setRefusal(null)
    try {
      const applied = await resource.apply(text)
      setInForce(applied)
      setText(applied)
      notifications.show({ message: 'The definition is in force. Running calls go on.' })
      connection?.reload()
      // The time zone of every page comes with the session.
      if (!applied.includes(`timeZone: ${who.timeZone}\n`)) void checkSession()
    } catch (error) {
      setRefusal({
        message: messageOf(error),
        problems: (error instanceof ApiError && error.problem?.problems) || [],
      })
    } finally {
      setBusy(false)
    }
  }
  const applyByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !isChanged || isBusy) return
    event.preventDefault()
    void apply()
  }

  return (
    <div className="card editor">
      <LinedText text={text} onChange={setText} onKeyDown={applyByKey} describedBy={hintId} />
      {refusal !== null && <RefusalView refusal={refusal} />}
      <div className="editor-foot">
        <p className="muted" id={hintId}>
          Passwords are kept and never shown: leave them out to keep them. Applying replaces the whole definition.
        </p>
        <div className="toolbar">
          <Button
            variant="default"
            disabled={!isChanged || isBusy}
            onClick={() => {
              setText(inForce)
              setRefusal(null)
            }}
          >
            Undo changes
          </Button>
          <Button disabled={!isChanged} loading={isBusy} onClick={() => void apply()}>
            Apply
          </Button>
        </div>
      </div>
    </div>
  )
}

function RefusalView({ refusal }: { readonly refusal: Refusal }) {
  return (
    <div className="refusal" role="alert">
      <p className="with-icon level-bad">
        <Icon name="warning" />
        <strong>
          {refusal.problems.length === 0 ? refusal.message : 'Nothing was applied: this has to be mended first.'}
        </strong>
      </p>
      {refusal.problems.length > 0 && (
        <div className="table-card">
          <table className="data">
            <thead>
              <tr>
                <th>Where</th>
                <th>Found</th>
                <th>Allowed</th>
              </tr>
            </thead>
            <tbody>
              {refusal.problems.map(({ path, value, allowed }) => (
                <tr key={`${path} ${allowed}`}>
                  <td className="mono wide">{path}</td>
                  <td className="mono wide" data-label="Found">
                    {value === undefined || value === null ? 'nothing' : JSON.stringify(value)}
                  </td>
                  <td className="wide" data-label="Allowed">
                    {allowed}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

interface LinedTextProps {
  readonly text: string
  readonly onChange: (text: string) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
  readonly describedBy: string
}

/** A text area with line numbers that scroll with it. */
function LinedText({ text, onChange, onKeyDown, describedBy }: LinedTextProps) {
  const gutter = useRef<HTMLPreElement>(null)
  const count = text.split('\n').length
  const numbers = Array.from({ length: count }, (_, index) => index + 1).join('\n')
  const follow = (event: UIEvent<HTMLTextAreaElement>) => {
    if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
  }
  return (
    <div className="lined">
      <pre ref={gutter} className="lined-numbers mono" aria-hidden="true">
        {numbers}
      </pre>
      <textarea
        className="lined-text mono"
        aria-label="Definition of the contact center, YAML"
        aria-describedby={describedBy}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        wrap="off"
        value={text}
        onChange={event => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onScroll={follow}
      />
    </div>
  )
}
