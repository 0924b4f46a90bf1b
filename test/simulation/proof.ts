/**
 * `npm run proof`: simulates the load points of `points.ts` until each has so many calls, in slices that are kept, and
 * writes what was found to docs/simulation-proof.md. May be stopped and started: it goes on where it was. Ends with an error
 * if a figure does not agree.
 *
 *   npm run proof -- [--calls 1000000] [--seconds 55] [--workers 1] [--anew] [--into docs]
 */
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { addVisits } from '../../engine/simulation/tally.ts'
import { root } from '../house/source.ts'
import { proofDocument } from './document.ts'
import { batchCallsOf, compare, points, type Slice } from './points.ts'
import type { SliceTask } from './slice-worker.ts'

/** Slices by point. */
type Kept = Record<string, { slices: Slice[]; ms: number }>

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '86400' },
    workers: { type: 'string', default: '1' },
    anew: { type: 'boolean', default: false },
    into: { type: 'string', default: join(root, 'docs') },
  },
})
const dataFile = join(values.into, 'simulation-proof.jsonl')
const documentFile = join(values.into, 'simulation-proof.md')
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

/** @returns the figures that don't agree, in words, of how many */
function save(): { readonly wrong: readonly string[]; readonly all: number } {
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
  const wrong = rows.flatMap(({ point, comparisons }) =>
    comparisons
      .filter(({ agrees }) => !agrees)
      .map(
        ({ what, theory, measured }) =>
          `${point.id}: ${what} is ${theory} in theory, ${measured === null ? 'not measured' : `${measured.low} to ${measured.high}`}`,
      ),
  )
  return { wrong, all: rows.reduce((sum, { comparisons }) => sum + comparisons.length, 0) }
}

/** Calls that are being simulated now, by point: they count when the next point is chosen. */
const underWay = new Map<string, number>()
/** Slices begun, by point, so that each has a seed of its own. */
const begun = new Map(points.map(({ id }) => [id, kept[id]?.slices.length ?? 0]))

/** The point that has fewest calls; null when all have enough, or time is over. */
function nextTask(): SliceTask | null {
  const having = ({ id }: { readonly id: string }) => callsOf(id) + (underWay.get(id) ?? 0)
  const [next] = points.toSorted((a, b) => having(a) - having(b))
  if (next === undefined || having(next) >= wanted || performance.now() > untilMs) return null
  const slice = (begun.get(next.id) ?? 0) + 1
  begun.set(next.id, slice)
  const calls = Math.min(wanted, Math.max(25_000, batchCallsOf(next)))
  underWay.set(next.id, (underWay.get(next.id) ?? 0) + calls)
  // Seeds of their own: points that meet the same lots would be right or wrong together.
  return { pointId: next.id, seed: points.indexOf(next) * 10_000 + slice, calls }
}

async function work(): Promise<void> {
  const worker = new Worker(new URL('./slice-worker.ts', import.meta.url))
  try {
    for (let task = nextTask(); task !== null; task = nextTask()) {
      const { pointId, calls } = task
      worker.postMessage(task)
      const [{ slice, ms }] = (await once(worker, 'message')) as [{ slice: Slice; ms: number }]
      const entry = kept[pointId] ?? { slices: [], ms: 0 }
      kept[pointId] = entry
      entry.slices.push(slice)
      entry.ms += ms
      underWay.set(pointId, (underWay.get(pointId) ?? 0) - calls)
      process.stdout.write(`${pointId}: ${callsOf(pointId)} calls\n`)
      save()
    }
  } finally {
    await worker.terminate()
  }
}

await Promise.all(Array.from({ length: Number(values.workers) }, work))
const { wrong, all } = save()
for (const words of wrong) process.stdout.write(`${words}\n`)
const calls = points.reduce((sum, { id }) => sum + callsOf(id), 0)
process.stdout.write(`${all - wrong.length} of ${all} figures agree, ${calls} calls\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
