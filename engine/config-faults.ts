/**
 * What a definition's schema refuses, place by place. Of a union the alternative is judged that was meant: a target
 * `{ queue: '' }` lacks a queue, and says nothing of numbers and flows.
 */
import type { Problem } from './errors.ts'

/** What of JSON Schema the definition uses. */
export interface SchemaNode {
  readonly type?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly examples?: readonly unknown[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[] | undefined
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
}

const secretKeys: ReadonlySet<string> = new Set(['password', 'pin'])

/** @param path of the value; '' is the root */
export function schemaFaults(node: SchemaNode, value: unknown, path: string): readonly Problem[] {
  const wrong = (allowed: string): readonly Problem[] => [problem(path, value, allowed)]
  if (node.anyOf !== undefined) {
    const all = alternatives(node)
    const meant = alternativeMeant(all, value)
    return meant === undefined ? wrong(all.map(nameOf).join(' or ')) : schemaFaults(meant, value, path)
  }
  if (node.const !== undefined) return value === node.const ? [] : wrong(String(node.const))
  if (node.enum !== undefined) return node.enum.includes(value) ? [] : wrong(node.enum.map(String).join(' | '))
  if (!isOfType(node.type, value)) return wrong(`of type ${node.type}`)
  if (typeof value === 'string') return textFaults(node, value).flatMap(wrong)
  if (typeof value === 'number') {
    if (node.minimum !== undefined && value < node.minimum) return wrong(`>= ${node.minimum}`)
    return node.maximum !== undefined && value > node.maximum ? wrong(`<= ${node.maximum}`) : []
  }
  if (Array.isArray(value)) return listFaults(node, value, path)
  return isRecord(value) ? recordFaults(node, value, path) : []
}

function textFaults({ pattern, examples, minLength = 0, maxLength }: SchemaNode, value: string): readonly string[] {
  // Most people read an example more easily than a pattern, which the schema tells.
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value))
    return [examples === undefined ? `text that matches ${pattern}` : `text such as ${examples[0]}`]
  if (value.length < minLength) return [`at least ${minLength} character${minLength === 1 ? '' : 's'}`]
  return maxLength !== undefined && value.length > maxLength ? [`at most ${maxLength} characters`] : []
}

function listFaults(node: SchemaNode, value: readonly unknown[], path: string): readonly Problem[] {
  const { minItems = 0, maxItems, items = {} } = node
  if (value.length < minItems) return [problem(path, value, `at least ${minItems} of them`)]
  if (maxItems !== undefined && value.length > maxItems) return [problem(path, value, `at most ${maxItems} of them`)]
  if (node.uniqueItems === true && new Set(value).size < value.length)
    return [problem(path, value, 'each of them once')]
  return value.flatMap((item, index) => schemaFaults(items, item, `${path}[${index}]`))
}

function recordFaults(node: SchemaNode, value: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  const { properties, patternProperties = {}, required = [], minProperties = 0 } = node
  const at = (key: string) => (path === '' ? key : `${path}.${key}`)
  if (Object.keys(value).length < minProperties) return [problem(path, value, `at least ${minProperties} of them`)]
  const child = (key: string): SchemaNode | undefined => {
    if (properties !== undefined) return Object.hasOwn(properties, key) ? properties[key] : undefined
    // Of free names those of no pattern may be anything.
    return Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(key))?.[1] ?? {}
  }
  const faults = Object.entries(value).flatMap(([key, item]) => {
    const known = child(key)
    if (known !== undefined) return schemaFaults(known, item, at(key))
    return [problem(at(key), item, `the keys ${Object.keys(properties ?? {}).join(', ')}`)]
  })
  // What has a default was not filled in because something else is wrong beside it.
  const missing = required.filter(key => !Object.hasOwn(value, key) && properties?.[key]?.default === undefined)
  return [...faults, ...missing.map(key => problem(at(key), undefined, 'a value: this key is required'))]
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(alternatives)
}

/** The alternative of which the value is by its kind; of objects the one that knows most of its keys. */
function alternativeMeant(all: readonly SchemaNode[], value: unknown): SchemaNode | undefined {
  const exact = all.find(({ const: wanted }) => wanted !== undefined && wanted === value)
  if (exact !== undefined) return exact
  const alike = all.filter(each => each.const === undefined && each.enum === undefined && isOfType(each.type, value))
  const [first, ...others] = alike
  if (isRecord(value) && others.length > 0) {
    const knows = ({ properties = {} }: SchemaNode) =>
      Object.keys(value).filter(key => Object.hasOwn(properties, key)).length
    const best = alike.reduce((a, b) => (knows(b) > knows(a) ? b : a))
    return knows(best) === 0 ? undefined : best
  }
  if (first !== undefined) return first
  const listed = all.filter(each => each.enum !== undefined)
  return typeof value === 'string' && listed.length === 1 ? listed[0] : undefined
}

/** What stands in a list of alternatives. */
function nameOf(node: SchemaNode): string {
  if (node.const !== undefined) return String(node.const)
  if (node.enum !== undefined) return node.enum.map(String).join(' | ')
  const keys = Object.keys(node.properties ?? {})
  return keys.length === 1 ? `{ ${keys[0]} }` : `of type ${node.type}`
}

function isOfType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case undefined:
      return true
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isRecord(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    default:
      return typeof value === type
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problem(path: string, value: unknown, allowed: string): Problem {
  const last = path.split('.').at(-1) ?? ''
  return { path: path === '' ? '(root)' : path, value: secretKeys.has(last) ? '(secret)' : value, allowed }
}
