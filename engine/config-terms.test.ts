/** What forms and the API's documentation need of the schema of the center: words for every setting, lists that exist. */
import { describe, expect, it } from 'vitest'
import { CenterConfig } from './config.ts'

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly patternProperties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly 'x-key'?: string
  readonly 'x-refers'?: string
  readonly 'x-one-of'?: readonly string[]
}

const root = CenterConfig as Node
const lists = new Map(
  Object.entries(root.properties ?? {}).flatMap(([name, node]) =>
    node.items?.properties === undefined ? [] : [[name, node]],
  ),
)

/** Every schema below one, with where it is. */
function* nodes(node: Node, path: string): Generator<readonly [string, Node]> {
  yield [path, node]
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* nodes(child, `${path}.${key}`)
  for (const child of Object.values(node.patternProperties ?? {})) yield* nodes(child, `${path}{}`)
  if (node.items !== undefined) yield* nodes(node.items, `${path}[]`)
  for (const child of node.anyOf ?? []) yield* nodes(child, path)
}

describe('the schema of the center', () => {
  it('describes every setting', () => {
    const silent = [...nodes(root, '')].flatMap(([path, { properties = {} }]) =>
      Object.entries(properties).flatMap(([key, { description = '' }]) =>
        description === '' ? [`${path}.${key}`] : [],
      ),
    )
    expect(silent).toEqual([])
  })

  it('says by which key the entries of each list are told apart', () => {
    expect(lists.size).toBeGreaterThan(9)
    for (const [name, { items, ...list }] of lists)
      expect(Object.keys(items?.properties ?? {}), name).toContain(list['x-key'])
  })

  it('refers to lists, and to alternatives, that there are', () => {
    for (const [path, node] of nodes(root, '')) {
      const referred = node['x-refers']
      if (referred !== undefined) expect(['steps', ...lists.keys()], path).toContain(referred)
      expect(Object.keys(node.properties ?? {}), path).toEqual(expect.arrayContaining([...(node['x-one-of'] ?? [])]))
    }
  })
})
