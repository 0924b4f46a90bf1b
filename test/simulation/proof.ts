/**
 * `npm run proof`: simulates the load points of `points.ts` until each has so many calls, in slices that are kept, and
 * writes what was found to docs/simulation-proof.md. May be stopped and started: it goes on where it was.
 *
 *   npm run proof -- [--calls 1000000] [--seconds 55] [--anew]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { addVisits } from '../../engine/simulation/tally.ts'
import { root } from '../house/source.ts'
import { proofDocument } from './document.ts'
import { batchCallsOf, compare, points, runSlice, type Slice } from './points.ts'

/** Slices by point. */
type Kept = Record<string, { slices: Slice[]; ms: number }>

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '86400' },
    anew: { type: 'boolean', default: false },
  },
})
const dataFile = join(root, 'docs/simulation-proof.jsonl')
const documentFile = join(root, 'docs/simulation-proof.md')
const wanted = Number(values.calls)
const untilMs = performance.now() + Number(values.seconds) * 1_000
const kept: Kept = values.anew || !existsSync(dataFile) ? {} : readKept()

/** One point on each line. */
function readKept(): Kept {
  const lines = readFileSync(dataFile, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map(line => JSON.parse(line) as [string, Kept[string]]))
}

const batchesOf = (id: string) => kept[id]?.slices.flat() ?? []
const callsOf = (id: string) => batchesOf(id).reduce((sum, byClass) => sum + addVisits(byClass).offered, 0)

function save(): boolean {
  const rows = points.map(point => ({
    point,
    calls: callsOf(point.id),
    batches: batchesOf(point.id).length,
    comparisons: compare(point, batchesOf(point.id)),
  }))
  const all = Object.values(kept)
  const ms = all.reduce((sum, entry) => sum + entry.ms, 0)
  writeFileSync(
    dataFile,
    `${Object.entries(kept)
      .map(entry => JSON.stringify(entry))
      .join('\n')}\n`,
  )
  writeFileSync(documentFile, proofDocument({ rows, ms, wanted }))
  return rows.every(({ comparisons }) => comparisons.every(({ agrees }) => agrees))
}

for (;;) {
  const [next] = points.toSorted((a, b) => callsOf(a.id) - callsOf(b.id))
  if (next === undefined || callsOf(next.id) >= wanted * 0.98 || performance.now() > untilMs) break
  const entry = kept[next.id] ?? { slices: [], ms: 0 }
  kept[next.id] = entry
  const startedMs = performance.now()
  const calls = Math.min(wanted, Math.max(25_000, batchCallsOf(next)))
  // Seeds of their own: points that meet the same lots would be right or wrong together.
  const seed = points.indexOf(next) * 10_000 + entry.slices.length + 1
  entry.slices.push(await runSlice(next, seed, calls))
  entry.ms += performance.now() - startedMs
  process.stdout.write(`${next.id}: ${callsOf(next.id)} calls\n`)
  save()
}
process.exitCode = save() ? 0 : 1
