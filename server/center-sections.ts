/** The parts of a center's definition that can be read and changed alone, as its schema tells them: lists and groups. */
import type { TSchema } from 'typebox'
import { CenterConfig } from '../engine/config.ts'

/** A list of entries, told apart by one of their keys. */
export interface ListSection {
  readonly name: string
  readonly key: string
  /** What one entry is called. */
  readonly title: string
  readonly schema: TSchema
  readonly entry: TSchema
}

/** A group of settings. */
export interface GroupSection {
  readonly name: string
  readonly schema: TSchema
}

interface Shape {
  readonly type?: string
  readonly title?: string
  readonly 'x-key'?: string
  readonly items?: TSchema & Shape
}

const properties = Object.entries(CenterConfig.properties as Readonly<Record<string, TSchema & Shape>>)

export const listSections: readonly ListSection[] = properties.flatMap(([name, schema]) => {
  const { items, 'x-key': key } = schema
  if (items === undefined || key === undefined) return []
  return [{ name, key, title: items.title ?? name, schema, entry: items }]
})

export const groupSections: readonly GroupSection[] = properties.flatMap(([name, schema]) =>
  schema.type === 'object' ? [{ name, schema }] : [],
)
