/** DESIGN §1: who may import whom. Imports flow one way. */
import { describe, expect, it } from 'vitest'
import { type Import, type SourceFile, sources } from './source.ts'

/** A room, what it may import, and what it may import as types only. A file belongs to the first room that fits. */
interface Rule {
  readonly room: RegExp
  readonly may: readonly RegExp[]
  readonly types?: readonly RegExp[]
}

const contracts = [
  /^engine\/(ports|skills|events)\//,
  /^engine\/(errors|events|config(-[a-z-]+)?|records|api(-[a-z-]+)?)\.ts$/,
]
/** Primitives without a home of their own: no state, no input or output. */
const primitives = [
  /^engine\/(ids|ordered-set|timer-bag|timer-queue|turnover-map|calendar|visit-sums|guarded-clock|outcomes|source-key|source-room)\.ts$/,
  /^engine\/statechart\//,
]
const sip = (layer: string) => new RegExp(`^engine/sip/${layer}/`)

const rules: readonly Rule[] = [
  {
    // Holds the definition against the tables that will read it: one way to read a number.
    room: /^engine\/config-numbers-check\.ts$/,
    may: [/^engine\/routing\/(caller|numbers|outbound)\.ts$/, ...contracts],
  },
  {
    room: /^engine\/((ports|skills|events)\/.*|(errors|events|config(-[a-z-]+)?|records|api(-[a-z-]+)?)\.ts)$/,
    may: contracts,
  },
  { room: sip('message'), may: [sip('message'), ...contracts] },
  { room: sip('transport'), may: [sip('transport'), sip('message'), ...contracts, ...primitives] },
  { room: sip('transaction'), may: [sip('transaction'), sip('message'), ...contracts, ...primitives] },
  { room: sip('dialog'), may: [sip('dialog'), sip('transaction'), sip('message'), ...contracts, ...primitives] },
  { room: /^engine\/sip\//, may: [/^engine\/sip\//, ...contracts, ...primitives] },
  { room: /^engine\/statechart\//, may: [/^engine\/statechart\//, ...contracts] },
  { room: /^engine\/media\//, may: [/^engine\/media\//, ...contracts, ...primitives] },
  {
    room: /^engine\/b2bua\//,
    may: [/^engine\/b2bua\//, /^engine\/sip\//, /^engine\/media\//, ...contracts, ...primitives],
  },
  { room: /^engine\/agents\//, may: [/^engine\/agents\//, ...contracts, ...primitives] },
  { room: /^engine\/queues\//, may: [/^engine\/queues\//, ...contracts, ...primitives], types: [/^engine\/agents\//] },
  { room: /^engine\/staffing\//, may: [/^engine\/staffing\//] },
  { room: /^engine\/routing\//, may: [/^engine\/routing\//, ...contracts, ...primitives] },
  {
    room: /^engine\/calls\//,
    may: [/^engine\/(calls|queues|agents)\//, ...contracts, ...primitives],
    types: [/^engine\/(b2bua|routing|voicemail)\//, /^engine\/journal\.ts$/],
  },
  {
    room: /^engine\/voicemail\//,
    may: [/^engine\/voicemail\//, ...contracts, ...primitives],
    types: [/^engine\/journal\.ts$/],
  },
  { room: /^engine\/store\//, may: [/^engine\/store\//, ...contracts, ...primitives] },
  {
    room: /^engine\/node\//,
    may: [/^engine\/node\//, /^engine\/media\//, ...contracts, ...primitives],
  },
  { room: /^engine\/simulation\//, may: [/^engine\//] },
  // What is left of engine/ stands at its root and wires; only engine-ports.ts may import implementations of ports.
  { room: /^engine\/(engine|engine-ports|index)\.ts$/, may: [/^engine\//] },
  { room: /^engine\//, may: [/^engine\/(?!node\/|store\/|simulation\/|engine\.ts)/] },
  { room: /^db\//, may: [/^db\//, /^engine\/errors\.ts$/, /^engine\/store\/memory-store\.ts$/], types: contracts },
  { room: /^server\/(client|api)\//, may: [/^server\/(client|api)\//, ...contracts] },
  { room: /^server\//, may: [/^server\//, /^engine\/(index|node\/passwords)\.ts$/, /^db\/index\.ts$/, ...contracts] },
  { room: /^dashboard\//, may: [/^dashboard\//], types: [/^server\/api\//, /^engine\/events\.ts$/, ...contracts] },
]

/** The parts of the server that play telephone take the simulated people. */
const exceptions: ReadonlyMap<string, RegExp> = new Map(
  ['demo', 'simulate', 'staffing-plan'].map(name => [`server/${name}.ts`, /^engine\/simulation\/index\.ts$/]),
)

function allowed(file: SourceFile, target: Import): boolean {
  const rule = rules.find(({ room }) => room.test(file.path))
  if (rule === undefined) return false
  if (exceptions.get(file.path)?.test(target.path) === true) return true
  if (rule.may.some(room => room.test(target.path))) return true
  return target.typeOnly && (rule.types ?? []).some(room => room.test(target.path))
}

describe('imports flow one way', () => {
  const files = sources(['engine', 'server', 'db', 'dashboard'])

  it('sees the files and their imports', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.find(({ path }) => path === 'engine/engine.ts')?.imports.length).toBeGreaterThan(10)
  })

  it.each(files.map(file => [file.path, file] as const))('%s', (_path, file) => {
    const wrong = file.imports.filter(target => !allowed(file, target)).map(({ path }) => path)
    expect(wrong).toEqual([])
  })
})
