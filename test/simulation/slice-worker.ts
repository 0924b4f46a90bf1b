/** Simulates slices of load points on a thread of its own: {@link SliceTask} in, the slice out. */
import { parentPort } from 'node:worker_threads'
import { points, runSlice } from './points.ts'

export interface SliceTask {
  readonly pointId: string
  readonly seed: number
  readonly calls: number
}

parentPort?.on('message', async ({ pointId, seed, calls }: SliceTask) => {
  const point = points.find(({ id }) => id === pointId)
  if (point === undefined) throw new Error(`there is no point ${pointId}`)
  const startedMs = performance.now()
  const slice = await runSlice(point, seed, calls)
  parentPort?.postMessage({ slice, ms: performance.now() - startedMs })
})
