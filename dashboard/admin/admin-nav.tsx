/** The parts of the administration: beside the page, and as tiles on its first one. */
import type { ReactNode } from 'react'
import { adminPath } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { capitalised } from '../words.ts'
import { type Definition, entriesOf, groupParts, listParts } from './definition.ts'
import { useDraftIds } from './drafts.ts'

export interface PartLink {
  readonly name: string
  readonly title: string
  readonly hint: string
  readonly count: number | null
}

export function partLinks(
  definition: Definition,
): readonly { readonly title: string; readonly links: readonly PartLink[] }[] {
  const { schema } = definition
  return [
    {
      title: 'Lists',
      links: listParts(schema).map(part => ({ ...part, count: entriesOf(definition, part).length })),
    },
    { title: 'Settings', links: groupParts(schema).map(part => ({ ...part, count: null })) },
    {
      title: 'All of it',
      links: [
        { name: 'definition', title: 'Definition', hint: 'the whole as YAML', count: null },
        { name: 'keys', title: 'API keys', hint: 'for CRM plugins and other programs', count: null },
      ],
    },
  ]
}

export function AdminNav({ definition, part }: { readonly definition: Definition; readonly part: string | null }) {
  return (
    <nav className="admin-nav" aria-label="Administration">
      {partLinks(definition).map(({ title, links }) => (
        <div key={title}>
          <p className="admin-nav-title muted">{title}</p>
          {links.map(link => (
            <Link key={link.name} to={adminPath(link.name)} aria-current={link.name === part ? 'page' : undefined}>
              <span>{link.title}</span>
              <DraftMark name={link.name}>{link.count ?? ''}</DraftMark>
            </Link>
          ))}
        </div>
      ))}
    </nav>
  )
}

export function AdminTiles({ definition }: { readonly definition: Definition }) {
  return partLinks(definition).map(({ title, links }) => (
    <section className="section" key={title} aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
      </div>
      <div className="admin-tiles">
        {links.map(link => (
          <Link key={link.name} to={adminPath(link.name)} className="card admin-tile">
            <span className="admin-tile-head">
              <strong>{link.title}</strong>
              <DraftMark name={link.name}>{link.count ?? ''}</DraftMark>
            </span>
            <span className="muted">{capitalised(link.hint)}</span>
          </Link>
        ))}
      </div>
    </section>
  ))
}

/** How many entries there are; a pencil where something waits to be applied. */
function DraftMark({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const hasDraft = useDraftIds().some(id => id === name || id.startsWith(`${name}/`) || id === `new/${name}`)
  return (
    <span className="num muted with-icon">
      {hasDraft && (
        <>
          <Icon name="pencil" size={14} />
          <span className="sw-hidden">not yet applied</span>
        </>
      )}
      {children}
    </span>
  )
}
