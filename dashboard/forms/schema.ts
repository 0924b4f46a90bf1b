/**
 * What a form makes of a JSON Schema: the one of the center comes from the server, so that the dashboard has no list
 * of settings of its own. `x-refers`, `x-key`, `x-order`, `x-one-of` and `x-unit` are explained in engine/config-terms.ts.
 */
export interface SchemaNode {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly writeOnly?: boolean
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly 'x-key'?: string
  readonly 'x-order'?: string
  readonly 'x-refers'?: string
  readonly 'x-one-of'?: readonly string[]
  readonly 'x-unit'?: 'ms'
}

/** One alternative of a union. */
export interface Way {
  /** What it is recognised and chosen by. */
  readonly name: string
  readonly node: SchemaNode
  /** The only key of an object such as `{ queue: … }`. */
  readonly key: string | null
}

export type Shape =
  | { readonly kind: 'text'; readonly isSecret: boolean }
  | { readonly kind: 'number' }
  | { readonly kind: 'duration'; readonly unitMs: number }
  | { readonly kind: 'flag' }
  /** Nothing to choose: it is there, or it is not. */
  | { readonly kind: 'fixed'; readonly value: unknown }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'reference'; readonly list: string }
  /** A list of choices or references, each at most once. */
  | { readonly kind: 'several'; readonly item: SchemaNode }
  | { readonly kind: 'list'; readonly item: SchemaNode }
  /** One of something, or a list of them. */
  | { readonly kind: 'some'; readonly item: SchemaNode; readonly list: SchemaNode }
  | { readonly kind: 'map'; readonly value: SchemaNode }
  | { readonly kind: 'group'; readonly group: SchemaNode }
  | { readonly kind: 'nullable'; readonly inner: SchemaNode }
  /** A group that is written as one of its keys alone when nothing else is said. */
  | { readonly kind: 'shorthand'; readonly group: SchemaNode; readonly key: string }
  | { readonly kind: 'ways'; readonly ways: readonly Way[] }

/** @param key what the setting is called: the unit stands at its end */
export function shapeOf(node: SchemaNode, key = ''): Shape {
  if (node.anyOf !== undefined) return shapeOfUnion(node)
  if (node.const !== undefined) return { kind: 'fixed', value: node.const }
  if (node.enum !== undefined) return { kind: 'choice', values: node.enum }
  switch (node.type) {
    case 'boolean':
      return { kind: 'flag' }
    case 'integer':
    case 'number': {
      const unitMs = key.endsWith('Ms') || node['x-unit'] === 'ms' ? 1 : key.endsWith('Sec') ? 1000 : null
      return unitMs === null ? { kind: 'number' } : { kind: 'duration', unitMs }
    }
    case 'array': {
      const item = node.items ?? {}
      const isChosen = item.enum !== undefined || item['x-refers'] !== undefined
      return isChosen ? { kind: 'several', item } : { kind: 'list', item }
    }
    case 'object':
      return node.properties === undefined
        ? { kind: 'map', value: Object.values(node.patternProperties ?? {})[0] ?? {} }
        : { kind: 'group', group: node }
    default: {
      const list = node['x-refers']
      return list === undefined ? { kind: 'text', isSecret: node.writeOnly === true } : { kind: 'reference', list }
    }
  }
}

function shapeOfUnion(node: SchemaNode): Shape {
  const all = alternatives(node)
  const some = all.filter(each => each.type !== 'null')
  const [first = {}, second = {}] = some
  if (some.length === 1 && all.length === 2) return { kind: 'nullable', inner: { ...withoutUnion(node), ...first } }
  if (some.length === 2 && second.type === 'array') return { kind: 'some', item: first, list: second }
  if (some.length === 2 && first['x-refers'] !== undefined) {
    const alike = Object.entries(second.properties ?? {}).find(([, { 'x-refers': list }]) => list === first['x-refers'])
    if (alike !== undefined) return { kind: 'shorthand', group: second, key: alike[0] }
  }
  return { kind: 'ways', ways: all.map(wayOf) }
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(alternatives)
}

/** The words and the default of a union belong to what is left of it. */
function withoutUnion({ anyOf: _anyOf, ...rest }: SchemaNode): SchemaNode {
  return rest
}

function wayOf(node: SchemaNode): Way {
  const [key, ...more] = Object.keys(node.properties ?? {})
  if (key !== undefined && more.length === 0) return { name: key, node, key }
  if (node.const !== undefined) return { name: node.const === true ? 'yes' : String(node.const), node, key: null }
  return { name: node.type === 'null' ? 'none' : (node.title ?? node.type ?? 'other'), node, key: null }
}

/** The alternative that a value is of; undefined if it is of none. */
export function wayTaken(ways: readonly Way[], value: unknown): Way | undefined {
  return ways.find(({ node, key }) => {
    if (key !== null) return isRecord(value) && key in value
    if (node.const !== undefined) return value === node.const
    if (node.type === 'integer' || node.type === 'number') return typeof value === 'number'
    return node.type === 'null' ? value === null : typeof value === node.type
  })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
