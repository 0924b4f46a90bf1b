/** The form of one entry or group: changed, applied, refused at its fields, or overtaken by somebody else. */
import { Button, SegmentedControl } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError, messageOf, type Tagged } from '../api/http.ts'
import { useReader } from '../context.ts'
import { FormContext } from '../forms/context.ts'
import { differences, isSame, type Path, rebase, withoutDefaults, withValueAt } from '../forms/draft.ts'
import { GroupBody } from '../forms/group-field.tsx'
import { intoView } from '../ui/into-view.ts'
import { Failure, Loading } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { counted } from '../words.ts'
import { type Both, ConflictView } from './conflict-view.tsx'
import { choicesOf, type Definition, type Settings, type Subject } from './definition.ts'
import { type Draft, dropDraft, keepDraft, useDraft } from './drafts.ts'
import { EntryYaml } from './entry-yaml.tsx'
import { type Refusal, RefusalView } from './refusal-view.tsx'

interface EntryFormProps {
  readonly subject: Subject
  readonly definition: Definition
  /** What is fixed once it is made. */
  readonly fixed: readonly string[]
  readonly onApplied: (value: Settings) => void
  /** Beside the buttons. */
  readonly children?: ReactNode
}

export function EntryForm(props: EntryFormProps) {
  const { subject } = props
  const kept = useDraft(subject.id)
  const read = useResource(() => subject.load(), subject.id)
  // What was applied from here is newer than what was read.
  const [applied, setApplied] = useState<Tagged<unknown> | null>(null)
  const inForce = applied ?? read.value
  if (kept === undefined && inForce === null)
    return read.error === null ? (
      <Loading rows={3} height={120} />
    ) : (
      <div className="card">
        <Failure title="This can’t be read" message={messageOf(read.error)} retry={read.reload} />
      </div>
    )
  const fresh = { base: inForce?.value, value: inForce?.value, tag: inForce?.tag || null }
  return <Editor {...props} draft={kept ?? fresh} onSaved={setApplied} />
}

interface EditorProps extends EntryFormProps {
  readonly draft: Draft
  readonly onSaved: (stored: Tagged<unknown>) => void
}

function Editor({ subject, definition, fixed, draft, onSaved, onApplied, children }: EditorProps) {
  const { connection } = useReader()
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [both, setBoth] = useState<Both | null>(null)
  const [view, setView] = useState<'form' | 'yaml'>('form')
  const [fault, setFault] = useState<string | null>(null)
  const form = useRef<HTMLFormElement>(null)
  const { node } = subject
  const changes = differences(draft.base, withoutDefaults(node, draft.value)).length
  const elsewhere = useProblemsElsewhere(form, refusal)

  const change = (value: unknown) => {
    if (isSame(withoutDefaults(node, value), draft.base)) dropDraft(subject.id)
    else keepDraft(subject.id, { ...draft, value })
  }
  const overtaken = async () => {
    try {
      const theirs = await subject.load()
      const { value, both: changedByBoth } = rebase(draft.base, withoutDefaults(node, draft.value), theirs.value)
      keepDraft(subject.id, { base: theirs.value, value, tag: theirs.tag })
      setBoth(changedByBoth)
    } catch (error) {
      const isGone = error instanceof ApiError && error.problem?.code === 'center.unknown'
      if (isGone) keepDraft(subject.id, { base: {}, value: draft.value, tag: null })
      const message =
        'Somebody else has removed this meanwhile. What you have is still here: applying it makes it anew.'
      setRefusal({ message: isGone ? message : messageOf(error), problems: [] })
    }
  }
  const apply = async () => {
    setBusy(true)
    setRefusal(null)
    setBoth(null)
    try {
      const saved = await subject.save(withoutDefaults(node, draft.value) as Settings, draft.tag)
      dropDraft(subject.id)
      onSaved(saved)
      notifications.show({ message: 'It is in force. Running calls go on.' })
      connection?.reload()
      onApplied(saved.value as Settings)
    } catch (error) {
      const problem = error instanceof ApiError ? error.problem : null
      if (problem?.code === 'center.changed' && draft.tag !== null) await overtaken()
      else setRefusal({ message: messageOf(error), problems: problem?.problems ?? [] })
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (changes > 0 && fault === null && !isBusy) void apply()
  }
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key === 's' && (event.ctrlKey || event.metaKey)) submit(event)
  }
  const facts = useMemo(
    () => ({
      problems: new Map(refusal?.problems.map(({ path, allowed }) => [path, allowed]) ?? []),
      choices: choicesOf(definition, draft.value),
    }),
    [refusal, definition, draft.value],
  )

  return (
    <form ref={form} className="entry-form" noValidate onSubmit={submit} onKeyDown={submitByKey}>
      <div className="form-view">
        <SegmentedControl
          size="xs"
          aria-label="How it is shown"
          data={[
            { value: 'form', label: 'Form' },
            { value: 'yaml', label: 'YAML' },
          ]}
          value={view}
          onChange={next => {
            setFault(null)
            setView(next as 'form' | 'yaml')
          }}
        />
      </div>
      {both !== null && (
        <ConflictView
          both={both}
          onTakeTheirs={(path: Path, theirs) => {
            change(withValueAt(draft.value, path, theirs))
            setBoth(both.filter(each => each.path !== path))
          }}
        />
      )}
      {refusal !== null && (
        <div className="card form-refusal" ref={intoView}>
          <RefusalView
            title={
              refusal.problems.length === 0
                ? refusal.message
                : `Nothing was applied: ${counted(refusal.problems.length, 'thing has', 'things have')} to be mended first.`
            }
            problems={elsewhere}
          />
        </div>
      )}
      {view === 'form' ? (
        <FormContext value={facts}>
          <div className="card form-card">
            <GroupBody group={node} path="" value={draft.value} onChange={change} without={fixed} />
          </div>
        </FormContext>
      ) : (
        <EntryYaml value={draft.value} onChange={change} onFault={setFault} />
      )}
      <div className="form-foot">
        {children}
        <span className="form-state" role="status">
          {changes === 0 ? (
            <span className="muted">{draft.tag === null ? 'Nothing filled in yet' : 'As it is in force'}</span>
          ) : (
            `${counted(changes, 'change')} not yet applied`
          )}
        </span>
        <Button
          variant="default"
          disabled={changes === 0 || isBusy}
          onClick={() => {
            dropDraft(subject.id)
            setRefusal(null)
            setBoth(null)
            setView('form')
          }}
        >
          Undo
        </Button>
        <Button type="submit" disabled={changes === 0 || fault !== null} loading={isBusy}>
          Apply
        </Button>
      </div>
    </form>
  )
}

/** Of a list or a part the first field that is in it. */
const typedInto = 'input, select, textarea'

/** Goes to the first field that was refused. @returns the problems that no field shows */
function useProblemsElsewhere(form: { readonly current: HTMLElement | null }, refusal: Refusal | null) {
  const [elsewhere, setElsewhere] = useState<Refusal['problems']>([])
  useEffect(() => {
    const fields = refusal?.problems.map(({ path }) => form.current?.querySelector(`[data-path=${CSS.escape(path)}]`))
    setElsewhere(refusal?.problems.filter((_, index) => !fields?.[index]) ?? [])
    const first = fields?.find(field => field instanceof HTMLElement)
    if (first instanceof HTMLElement) {
      // Parts that hold it are opened by what they know of problems; it is seen when they are.
      requestAnimationFrame(() => {
        const target = first.matches(typedInto) ? first : (first.querySelector<HTMLElement>(typedInto) ?? first)
        target.scrollIntoView({ block: 'center' })
        target.focus({ preventScroll: true })
      })
    }
  }, [form, refusal])
  return elsewhere
}
