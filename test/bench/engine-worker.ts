/** One point on a thread of its own, so that none inherits the heap or the compiled code of another. */
import { parentPort, workerData } from 'node:worker_threads'
import { type EnginePoint, measureEngine } from './engine-point.ts'

parentPort?.postMessage(await measureEngine(workerData as EnginePoint))
