/** Administration: the parts of the center's definition as lists and forms, the whole as text, and the API keys. */
import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Switch.css'
import '@mantine/core/styles/Pill.css'
import '@mantine/core/styles/PillsInput.css'
import { useMemo } from 'react'
import { messageOf } from '../api/http.ts'
import { adminPath, navigate, type Page } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { capitalised } from '../words.ts'
import { AdminNav, AdminTiles } from './admin-nav.tsx'
import { ApiKeys } from './api-keys.tsx'
import { CenterEditor } from './center-editor.tsx'
import {
  type Definition,
  entrySubject,
  type GroupPart,
  groupParts,
  groupSubject,
  type ListPart,
  listParts,
  newEntrySubject,
  readDefinition,
} from './definition.ts'
import { useDraftWarning } from './drafts.ts'
import { EntryForm } from './entry-form.tsx'
import { EntryList } from './entry-list.tsx'
import { OpeningHours } from './opening-hours.tsx'
import { RemoveEntry } from './remove-entry.tsx'
import { Trunks } from './trunks.tsx'
import './admin.css'
import './forms.css'

type AdminPlace = Extract<Page, { name: 'admin' }>

export function AdminPage({ page }: { readonly page: AdminPlace }) {
  const definition = useResource(readDefinition, 'definition')
  useDraftWarning()
  if (definition.value === null)
    return definition.error === null ? (
      <Loading rows={4} height={72} />
    ) : (
      <div className="card">
        <Failure title="The definition can’t be read" message={messageOf(definition.error)} retry={definition.reload} />
      </div>
    )
  const shown = definition.value
  if (page.part === null)
    return (
      <>
        <div className="page-head">
          <h1>Administration</h1>
        </div>
        <AdminTiles definition={shown} />
      </>
    )
  return (
    <div className="admin">
      <AdminNav definition={shown} part={page.part} />
      <div className="admin-main">
        <Link
          className="admin-back with-icon muted"
          to={page.entry === null && !page.isNew ? '/admin' : adminPath(page.part)}
        >
          <Icon name="left" size={16} />
          Back
        </Link>
        <PartView page={page} definition={shown} reload={definition.reload} />
      </div>
    </div>
  )
}

interface PartViewProps {
  readonly page: AdminPlace
  readonly definition: Definition
  readonly reload: () => void
}

function PartView({ page, definition, reload }: PartViewProps) {
  const { schema } = definition
  if (page.part === 'definition') return <CenterEditor onApplied={reload} />
  if (page.part === 'keys') return <ApiKeys />
  const list = listParts(schema).find(({ name }) => name === page.part)
  if (list !== undefined && (page.entry !== null || page.isNew))
    return <EntryView part={list} entry={page.entry} definition={definition} reload={reload} />
  if (list !== undefined)
    return (
      <>
        <Head title={list.title} hint={list.hint} />
        {list.name === 'hours' && <OpeningHours />}
        {list.name === 'trunks' && <Trunks />}
        <EntryList key={list.name} part={list} definition={definition} reload={reload} />
      </>
    )
  const group = groupParts(schema).find(({ name }) => name === page.part)
  if (group !== undefined) return <GroupView part={group} definition={definition} reload={reload} />
  return (
    <div className="card">
      <Notice icon="search" title="There is no such part of the administration" />
    </div>
  )
}

function Head({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div className="page-head admin-head">
      <h1>{title}</h1>
      <p className="muted">{capitalised(hint)}</p>
    </div>
  )
}

interface EntryViewProps {
  readonly part: ListPart
  /** null: a new one. */
  readonly entry: string | null
  readonly definition: Definition
  readonly reload: () => void
}

function EntryView({ part, entry, definition, reload }: EntryViewProps) {
  const subject = useMemo(() => (entry === null ? newEntrySubject(part) : entrySubject(part, entry)), [part, entry])
  return (
    <>
      <Head title={entry === null ? `New ${part.one}` : `${capitalised(part.one)} ${entry}`} hint={part.hint} />
      <EntryForm
        key={subject.id}
        subject={subject}
        definition={definition}
        fixed={entry === null ? [] : [part.key]}
        onApplied={value => {
          reload()
          if (entry === null) navigate(adminPath(part.name, String(value[part.key])), { replace: true })
        }}
      >
        {entry !== null && (
          <RemoveEntry
            part={part}
            entry={entry}
            onRemoved={() => {
              reload()
              navigate(adminPath(part.name))
            }}
          />
        )}
      </EntryForm>
    </>
  )
}

interface GroupViewProps {
  readonly part: GroupPart
  readonly definition: Definition
  readonly reload: () => void
}

function GroupView({ part, definition, reload }: GroupViewProps) {
  const subject = useMemo(() => groupSubject(part), [part])
  return (
    <>
      <Head title={part.title} hint={part.hint} />
      <EntryForm key={subject.id} subject={subject} definition={definition} fixed={[]} onApplied={reload} />
    </>
  )
}
