/** The YAML in the documents: each example is one that a center would take, and together they show every setting. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CenterConfig, strategyNames } from '../../engine/config.ts'
import { parseCenter } from '../../engine/config-check.ts'
import type { SchemaNode } from '../../engine/config-faults.ts'
import { EngineError, type Problem } from '../../engine/errors.ts'
import { root } from './source.ts'

interface Example {
  readonly document: string
  readonly line: number
  readonly center: unknown
}

const documents = ['README.md', ...readdirSync(`${root}/docs`).map(name => `docs/${name}`)].filter(path =>
  path.endsWith('.md'),
)
const examples = documents.flatMap(document => examplesOf(document, readFileSync(`${root}/${document}`, 'utf8')))

function examplesOf(document: string, text: string): Example[] {
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(({ 1: block = '', index }) => {
    // What is indented is a part of a queue, and stands as it would there.
    const yaml = block.startsWith('    ') ? `queues:\n  - id: support\n${block}` : block
    return { document, line: text.slice(0, index).split('\n').length + 1, center: parse(yaml) }
  })
}

/** An example may name what another one defines. */
function faultsOf(center: unknown): readonly Problem[] {
  try {
    parseCenter(center)
    return []
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return error.problems.filter(({ allowed }) => !/^(the id of |a number that numbers match)/.test(allowed))
  }
}

/** What the document on routing is about. Trunks, SIP and media are the README's. */
const routing = [
  'queues',
  'agents',
  'agentPolicy',
  'devices',
  'numbers',
  'hours',
  'flows',
  'mailboxes',
  'blocked',
] as const

/**
 * Every setting by its name and that of what it stands in: `aging.perMinute`. What several places have in common needs to be
 * shown in one of them, and of several shapes of one setting, or the two bounds of one, any will do.
 */
function settingsOf(node: SchemaNode, within: string): string[] {
  if (node.properties?.atLeast !== undefined) return []
  const shapes = (node.anyOf ?? []).filter(({ properties }) => properties !== undefined)
  const inner = [...(shapes.length === 1 ? shapes : []), ...(node.items === undefined ? [] : [node.items])]
  const own = Object.entries(node.properties ?? {}).flatMap(([name, value]) => [
    `${within}.${name}`,
    ...settingsOf(value, name),
  ])
  return [...own, ...inner.flatMap(part => settingsOf(part, within))]
}

/** The settings that an example makes use of. */
function usedBy(value: unknown, within: string): string[] {
  if (Array.isArray(value)) return value.flatMap(entry => usedBy(entry, within))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, entry]) => [`${within}.${name}`, ...usedBy(entry, name)])
}

describe('examples in YAML', () => {
  it.each(examples.map(({ document, line, center }) => [`${document}:${line}`, center] as const))(
    '%s would be taken',
    (_where, center) => {
      expect(faultsOf(center)).toEqual([])
    },
  )

  it('show every setting of intake, queues, matching and agents', () => {
    const used = new Set(examples.flatMap(({ center }) => usedBy(center, 'center')))
    const { properties } = CenterConfig as SchemaNode
    const settings = new Set(routing.flatMap(name => settingsOf(properties?.[name] ?? {}, name)))
    expect(settings.size).toBeGreaterThan(150)
    expect([...settings].filter(setting => !used.has(setting))).toEqual([])
  })

  it('show every strategy', () => {
    const shown = new Set(
      examples
        .flatMap(({ center }) => (center as { queues?: { strategy?: string }[] }).queues ?? [])
        .map(q => q.strategy),
    )
    expect(strategyNames.filter(name => !shown.has(name))).toEqual([])
  })
})
