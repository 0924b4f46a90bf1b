/**
 * A definition while somebody works on it. It holds only what differs from the defaults, so that what nobody has
 * chosen follows the defaults of later versions.
 */
import { isRecord, type SchemaNode, shapeOf, wayTaken } from './schema.ts'

export type Path = readonly (string | number)[]

/** As problems name it: `steps[0].expression`; the root is `(root)`. */
export function pathText(path: Path): string {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return text === '' ? '(root)' : text.replace(/^\./, '')
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, part) => (Array.isArray(node) ? node[Number(part)] : isRecord(node) ? node[part] : undefined),
    value,
  )
}

/** A copy with `next` at `path`; undefined takes it away. */
export function withValueAt(value: unknown, [first, ...rest]: Path, next: unknown): unknown {
  if (first === undefined) return next
  if (typeof first === 'number') {
    const items = Array.isArray(value) ? [...(value as unknown[])] : []
    items[first] = withValueAt(items[first], rest, next)
    return items
  }
  const { [first]: old, ...others } = isRecord(value) ? value : {}
  const changed = withValueAt(old, rest, next)
  if (changed === undefined) return others
  // In its old place, so that a list of keys doesn't jump while it is edited.
  return isRecord(value) && first in value ? { ...value, [first]: changed } : { ...others, [first]: changed }
}

/** What holds for a setting that is not given; undefined: nothing. */
export function defaultOf(node: SchemaNode): unknown {
  return node.default === undefined ? undefined : filled(node, node.default)
}

/** The value as it is in force: with every default. */
export function filled(node: SchemaNode, value: unknown): unknown {
  const shape = shapeOf(node)
  if (shape.kind === 'group' && isRecord(value)) {
    const whole: Record<string, unknown> = { ...value }
    for (const [key, child] of Object.entries(shape.group.properties ?? {})) {
      const given = value[key] === undefined ? defaultOf(child) : filled(child, value[key])
      if (given !== undefined) whole[key] = given
    }
    return whole
  }
  return mapped(node, value, filled)
}

/** The value without what is as the defaults have it. */
export function withoutDefaults(node: SchemaNode, value: unknown): unknown {
  const shape = shapeOf(node)
  if (shape.kind === 'group' && isRecord(value)) {
    const { properties = {} } = shape.group
    const kept = Object.entries(value).flatMap(([key, given]) => {
      const child = properties[key]
      if (given === undefined) return []
      if (child === undefined) return [[key, given] as const]
      if (isSame(filled(child, given), defaultOf(child))) return []
      return [[key, withoutDefaults(child, given)] as const]
    })
    return Object.fromEntries(kept)
  }
  if (shape.kind === 'shorthand' && isRecord(value)) {
    const short = withoutDefaults(shape.group, value) as Record<string, unknown>
    const [key, ...more] = Object.keys(short)
    return key === shape.key && more.length === 0 ? short[key] : short
  }
  if (shape.kind === 'some' && Array.isArray(value) && value.length === 1) return value[0]
  return mapped(node, value, withoutDefaults)
}

/** Goes into what is not a group. */
function mapped(node: SchemaNode, value: unknown, each: (node: SchemaNode, value: unknown) => unknown): unknown {
  const shape = shapeOf(node)
  switch (shape.kind) {
    case 'list':
      return Array.isArray(value) ? value.map(item => each(shape.item, item)) : value
    case 'map':
      if (!isRecord(value)) return value
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(shape.value, item)]))
    case 'nullable':
      return value === null ? null : each(shape.inner, value)
    case 'shorthand':
      return isRecord(value) ? each(shape.group, value) : value
    case 'ways': {
      const way = wayTaken(shape.ways, value)
      return way === undefined ? value : each(way.node, value)
    }
    default:
      return value
  }
}

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}

/** The places in which two values differ, as deep as both are records. */
export function differences(before: unknown, after: unknown, path: Path = []): readonly Path[] {
  if (isSame(before, after)) return []
  if (!isRecord(before) || !isRecord(after)) return [path]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap(key => differences(before[key], after[key], [...path, key]))
}

export interface Rebased {
  readonly value: unknown
  /** Where both have changed it, and not to the same. */
  readonly both: readonly { readonly path: Path; readonly theirs: unknown }[]
}

/** My changes of `base`, made to what somebody else has made of it meanwhile. */
export function rebase(base: unknown, mine: unknown, theirs: unknown): Rebased {
  const changed = differences(base, mine)
  const both = changed.filter(
    path => !isSame(valueAt(base, path), valueAt(theirs, path)) && !isSame(valueAt(mine, path), valueAt(theirs, path)),
  )
  const value = changed.reduce((whole, path) => withValueAt(whole, path, valueAt(mine, path)), theirs)
  return { value, both: both.map(path => ({ path, theirs: valueAt(theirs, path) })) }
}
