/** The definition of the center and its schema, and the parts into which the administration divides them. */
import type { Tagged } from '../api/http.ts'
import { center } from '../api/resources.ts'
import type { Choice } from '../forms/context.ts'
import { valueAt, withoutDefaults } from '../forms/draft.ts'
import { isRecord, type SchemaNode } from '../forms/schema.ts'
import { labelOf } from '../forms/words.ts'

export type Settings = Readonly<Record<string, unknown>>

export interface Definition {
  readonly schema: SchemaNode
  readonly value: Settings
}

export async function readDefinition(): Promise<Definition> {
  const [schema, { value }] = await Promise.all([center.schema(), center.whole()])
  return { schema: schema as SchemaNode, value }
}

export interface ListPart {
  readonly name: string
  readonly title: string
  readonly hint: string
  /** What one entry is called. */
  readonly one: string
  /** The key by which entries are told apart. */
  readonly key: string
  /** What the order of the entries says; null: nothing. */
  readonly order: string | null
  readonly entry: SchemaNode
}

export interface GroupPart {
  readonly name: string
  readonly title: string
  readonly hint: string
  readonly node: SchemaNode
}

export function listParts({ properties = {} }: SchemaNode): readonly ListPart[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const { items, 'x-key': key, 'x-order': order = null, description = '' } = node
    if (items === undefined || key === undefined) return []
    const title = labelOf(name, node)
    return [{ name, title, hint: description, one: (items.title ?? title).toLowerCase(), key, order, entry: items }]
  })
}

export const generalPart = 'general'

/** The groups of settings; first what belongs to none. */
export function groupParts(schema: SchemaNode): readonly GroupPart[] {
  const all = Object.entries(schema.properties ?? {})
  const groups = all.flatMap(([name, node]) =>
    node.type === 'object' ? [{ name, title: node.title ?? labelOf(name), hint: node.description ?? '', node }] : [],
  )
  const loose = all.filter(([, { type }]) => type !== 'object' && type !== 'array')
  const node: SchemaNode = { type: 'object', properties: Object.fromEntries(loose) }
  return [{ name: generalPart, title: 'General', hint: 'what holds for the whole center', node }, ...groups]
}

export function entriesOf({ value }: Definition, { name }: ListPart): readonly Settings[] {
  const entries = value[name]
  return Array.isArray(entries) ? entries.filter(isRecord) : []
}

/**
 * Moves an entry to the place of another one. What others have changed meanwhile stays as they have it.
 * @throws ApiError `center.changed` if somebody was faster
 */
export async function moveEntry({ name, key }: ListPart, moved: string, other: string): Promise<void> {
  const { value, tag } = await center.whole()
  const entries = value[name]
  if (!Array.isArray(entries)) return
  const placeOf = (id: string) => entries.findIndex(entry => isRecord(entry) && entry[key] === id)
  const [from, to] = [placeOf(moved), placeOf(other)]
  if (from < 0 || to < 0) return
  await center.patch({ [name]: entries.toSpliced(from, 1).toSpliced(to, 0, entries[from]) }, tag)
}

/** What a reference to a list can be; the steps of a flow are those of the draft. */
export function choicesOf(definition: Definition, draft: unknown): (list: string) => readonly Choice[] {
  // Every field of a form asks, and there may be thousands of agents.
  const found = new Map<string, readonly Choice[]>()
  return list => {
    const known = found.get(list)
    if (known !== undefined) return known
    const choices = choicesAmong(list === 'steps' ? valueAt(draft, ['steps']) : definition.value[list])
    found.set(list, choices)
    return choices
  }
}

function choicesAmong(entries: unknown): readonly Choice[] {
  if (!Array.isArray(entries)) return []
  return entries.filter(isRecord).flatMap(({ id, name }) => {
    if (typeof id !== 'string' || id === '') return []
    return [{ value: id, label: typeof name === 'string' && name !== '' && name !== id ? `${name} (${id})` : id }]
  })
}

/** One thing that a form is about. */
export interface Subject {
  /** Where its draft is kept. */
  readonly id: string
  readonly node: SchemaNode
  load(): Promise<Tagged<unknown>>
  /** @param tag of what the draft began from; null: it is new */
  save(value: Settings, tag: string | null): Promise<Tagged<unknown>>
}

export function entrySubject(part: ListPart, key: string): Subject {
  return {
    id: `${part.name}/${key}`,
    node: part.entry,
    load: () => center.entry(part.name, key).then(found => sparseOf(found, part.entry)),
    save: (value, tag) => center.putEntry(part.name, key, value, tag).then(saved => sparseOf(saved, part.entry)),
  }
}

export function newEntrySubject(part: ListPart): Subject {
  return {
    id: `new/${part.name}`,
    node: part.entry,
    load: async () => ({ value: {}, tag: '' }),
    save: (value, tag) =>
      center.putEntry(part.name, String(value[part.key] ?? ''), value, tag).then(saved => sparseOf(saved, part.entry)),
  }
}

export function groupSubject({ name, node }: GroupPart): Subject {
  if (name !== generalPart)
    return {
      id: name,
      node,
      load: () => center.section(name).then(found => sparseOf(found, node)),
      save: (value, tag) => center.putSection(name, value, tag ?? '*').then(saved => sparseOf(saved, node)),
    }
  const keys = Object.keys(node.properties ?? {})
  const picked = ({ value, tag }: Tagged<Settings>) =>
    sparseOf({ value: Object.fromEntries(keys.map(key => [key, value[key]])), tag }, node)
  return {
    id: name,
    node,
    load: () => center.whole().then(picked),
    save: (value, tag) =>
      center.patch(Object.fromEntries(keys.map(key => [key, value[key] ?? null])), tag ?? '*').then(picked),
  }
}

/** Without what is as the defaults have it; a name that is the id is none. */
function sparseOf({ value, tag }: Tagged<Settings>, node: SchemaNode): Tagged<unknown> {
  const { name, ...rest } = value
  return { value: withoutDefaults(node, name === value.id ? rest : value), tag }
}
