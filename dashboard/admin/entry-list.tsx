/** The entries of one list, to be searched and opened. */
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { withoutDefaults } from '../forms/draft.ts'
import { isRecord } from '../forms/schema.ts'
import { briefOf } from '../forms/words.ts'
import { adminPath, navigate, newEntryPath } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { Notice } from '../ui/notices.tsx'
import { capitalised, counted } from '../words.ts'
import { type Definition, entriesOf, type ListPart, type Settings } from './definition.ts'
import { useDraftIds } from './drafts.ts'

/** More are found by searching. */
const shownAtOnce = 200

export function EntryList({ part, definition }: { readonly part: ListPart; readonly definition: Definition }) {
  const [search, setSearch] = useState('')
  const all = entriesOf(definition, part)
  const wanted = search.trim().toLowerCase()
  const found = wanted === '' ? all : all.filter(entry => textOf(entry, part).includes(wanted))
  return (
    <>
      <div className="toolbar list-tools">
        {all.length > 0 && (
          <TextInput
            type="search"
            aria-label={`Search ${part.title.toLowerCase()}`}
            placeholder={`Search ${counted(all.length, 'entry', 'entries')}`}
            leftSection={<Icon name="search" size={16} />}
            value={search}
            onChange={event => setSearch(event.currentTarget.value)}
          />
        )}
        <Button onClick={() => navigate(newEntryPath(part.name))}>New {part.one}</Button>
      </div>
      <div className="card table-card">
        {found.length > 0 ? (
          <Rows part={part} entries={found.slice(0, shownAtOnce)} />
        ) : all.length === 0 ? (
          <Notice icon="circle" title={`No ${part.title.toLowerCase()} yet`}>
            <p>{capitalised(part.hint)}</p>
          </Notice>
        ) : (
          <Notice icon="search" title={`Nothing with “${search.trim()}”`} />
        )}
      </div>
      {found.length > shownAtOnce && (
        <p className="table-foot muted">
          The first {shownAtOnce} of {found.length}. Search for the others.
        </p>
      )}
    </>
  )
}

function Rows({ part, entries }: { readonly part: ListPart; readonly entries: readonly Settings[] }) {
  const drafts = new Set(useDraftIds())
  return (
    <table className="data entry-table">
      <thead>
        <tr>
          <th>{capitalised(part.one)}</th>
          <th>What differs from the defaults</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(entry => {
          const key = String(entry[part.key])
          const to = adminPath(part.name, key)
          return (
            // The link inside is what the keyboard uses, and what opens a new tab.
            <tr key={key} className="linked" onClick={event => !isOfLink(event.target) && navigate(to)}>
              <td className="main">
                <Link to={to}>{key}</Link>
                {typeof entry.name === 'string' && entry.name !== key && <span className="sub">{entry.name}</span>}
                {drafts.has(`${part.name}/${key}`) && (
                  <span className="sub with-icon">
                    <Icon name="pencil" size={14} />
                    not yet applied
                  </span>
                )}
              </td>
              <td className="wide muted">
                <span className="entry-brief">{whatDiffers(entry, part)}</span>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function isOfLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a') !== null
}

function whatDiffers(entry: Settings, part: ListPart): string {
  const { [part.key]: _key, name: _name, ...rest } = entry
  const differing = withoutDefaults(part.entry, rest)
  return isRecord(differing) && Object.keys(differing).length > 0 ? briefOf('', differing) : 'all as by default'
}

function textOf(entry: Settings, part: ListPart): string {
  return `${entry[part.key]} ${entry.name ?? ''} ${whatDiffers(entry, part)}`.toLowerCase()
}
