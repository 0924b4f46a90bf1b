/** The entries of one list, to be searched, opened, and put into another order where that says something. */
import { Button, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { messageOf } from '../api/http.ts'
import { withoutDefaults } from '../forms/draft.ts'
import { isRecord } from '../forms/schema.ts'
import { briefOf } from '../forms/words.ts'
import { adminPath, navigate, newEntryPath } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { MoveButtons } from '../ui/move-buttons.tsx'
import { Notice } from '../ui/notices.tsx'
import { capitalised, counted } from '../words.ts'
import { type Definition, entriesOf, type ListPart, moveEntry, type Settings } from './definition.ts'
import { useDraftIds } from './drafts.ts'

/** More are found by searching. */
const shownAtOnce = 200

interface EntryListProps {
  readonly part: ListPart
  readonly definition: Definition
  readonly reload: () => void
}

export function EntryList({ part, definition, reload }: EntryListProps) {
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
          <Rows
            part={part}
            entries={found.slice(0, shownAtOnce)}
            // Among some of them a place says nothing.
            isWhole={found.length === all.length}
            count={all.length}
            reload={reload}
          />
        ) : all.length === 0 ? (
          <Notice icon="circle" title={`No ${part.title.toLowerCase()} yet`}>
            <p>{capitalised(part.hint)}</p>
          </Notice>
        ) : (
          <Notice icon="search" title={`Nothing with “${search.trim()}”`} />
        )}
      </div>
      {part.order !== null && all.length > 1 && (
        <p className="table-foot muted">
          The order says {part.order}.{found.length < all.length && ' Without a search it can be changed.'}
        </p>
      )}
      {found.length > shownAtOnce && (
        <p className="table-foot muted">
          The first {shownAtOnce} of {found.length}. Search for the others.
        </p>
      )}
    </>
  )
}

interface RowsProps {
  readonly part: ListPart
  readonly entries: readonly Settings[]
  readonly isWhole: boolean
  /** Of the whole list. */
  readonly count: number
  readonly reload: () => void
}

function Rows({ part, entries, isWhole, count, reload }: RowsProps) {
  const drafts = new Set(useDraftIds())
  const isOrdered = part.order !== null && isWhole && count > 1
  const [isBusy, setBusy] = useState(false)
  const move = async (key: string, from: number, to: number) => {
    const other = entries[to]
    if (other === undefined || isBusy) return
    setBusy(true)
    try {
      await moveEntry(part, key, String(other[part.key]))
      notifications.show({ message: `${key} is number ${to + 1} of ${count} now, in place of ${from + 1}.` })
    } catch (error) {
      notifications.show({ color: 'red', message: messageOf(error) })
    } finally {
      setBusy(false)
      reload()
    }
  }
  return (
    <table className="data entry-table">
      <thead>
        <tr>
          <th>{capitalised(part.one)}</th>
          <th>What differs from the defaults</th>
          {isOrdered && <th className="right">Order</th>}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry, index) => {
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
              {isOrdered && (
                <td className="entry-order">
                  <MoveButtons
                    what={key}
                    index={index}
                    count={entries.length}
                    onMove={to => void move(key, index, to)}
                  />
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function isOfLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button') !== null
}

function whatDiffers(entry: Settings, part: ListPart): string {
  const { [part.key]: _key, name: _name, ...rest } = entry
  const differing = withoutDefaults(part.entry, rest)
  return isRecord(differing) && Object.keys(differing).length > 0 ? briefOf('', differing) : 'all as by default'
}

function textOf(entry: Settings, part: ListPart): string {
  return `${entry[part.key]} ${entry.name ?? ''} ${whatDiffers(entry, part)}`.toLowerCase()
}
