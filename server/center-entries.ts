/**
 * One entry or group of a center's definition changed within the whole, so that the whole is checked and applied as
 * ever, and what is wrong is told from where the reader stands: paths within what was sent, and other entries by name.
 */
import type { CenterConfig } from '../engine/config.ts'
import { describeProblems, EngineError, type Problem } from '../engine/errors.ts'
import { type ListSection, listSections } from './center-sections.ts'

type Entry = Readonly<Record<string, unknown>>
export type Definition = Readonly<Record<string, unknown>>

export function sectionOf(center: CenterConfig, name: string): unknown {
  return (center as Definition)[name]
}

export function withSection(center: CenterConfig, name: string, value: unknown): Definition {
  return { ...center, [name]: value }
}

/** @returns undefined if there is none */
export function entryOf(center: CenterConfig, { name, key }: ListSection, id: string): Entry | undefined {
  return entriesOf(center, name).find(entry => entry[key] === id)
}

/**
 * The definition with this entry in its old place, or as the last one. The key may be left out of it.
 * @throws EngineError `config.invalid` if it is no object, or has another key than its address
 */
export function withEntry(center: CenterConfig, { name, key }: ListSection, id: string, entry: unknown): Definition {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw invalid({ path: '(root)', value: entry, allowed: 'an object with the settings of the entry' })
  const named: Entry = { [key]: id, ...entry }
  if (named[key] !== id) throw invalid({ path: key, value: named[key], allowed: `${id}, as in the address` })
  const entries = entriesOf(center, name)
  const at = entries.findIndex(each => each[key] === id)
  return withSection(center, name, at === -1 ? [...entries, named] : entries.with(at, named))
}

export function withoutEntry(center: CenterConfig, { name, key }: ListSection, id: string): Definition {
  return withSection(
    center,
    name,
    entriesOf(center, name).filter(entry => entry[key] !== id),
  )
}

/** Where an entry is in a definition, as problems name it. */
export function pathOf(definition: Definition, { name, key }: ListSection, id: string): string {
  const at = entriesOf(definition, name).findIndex(entry => entry[key] === id)
  return `${name}[${at}]`
}

/** What a refusal of the whole says, as seen from `own`, a section or an entry. */
export function problemsFrom(
  problems: readonly Problem[],
  definition: Definition,
  own: string | null,
): readonly Problem[] {
  return problems.map(({ path, ...problem }) => ({ path: seenFrom(own, path, definition), ...problem }))
}

function seenFrom(own: string | null, path: string, definition: Definition): string {
  if (path === own) return '(root)'
  if (own !== null && path.startsWith(`${own}.`)) return path.slice(own.length + 1)
  if (own !== null && path.startsWith(`${own}[`)) return path.slice(own.length)
  const [, name = '', index = '', rest = ''] = /^(\w+)\[(\d+)\](.*)$/.exec(path) ?? []
  const list = listSections.find(each => each.name === name)
  if (list === undefined) return path
  const entry = entriesOf(definition, name)[Number(index)]
  return `${name}[${JSON.stringify(entry?.[list.key])}]${rest}`
}

function invalid(problem: Problem): EngineError {
  return new EngineError('config.invalid', describeProblems([problem]), { problems: [problem] })
}

function entriesOf(definition: Definition, name: string): readonly Entry[] {
  return definition[name] as readonly Entry[]
}
