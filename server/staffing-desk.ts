/** Has questions about staffing answered on threads of their own: one at a time, each with a deadline. */
import { Worker } from 'node:worker_threads'
import { EngineError } from '../engine/errors.ts'
import type { SimulatedStaffingReply, StaffingQuestion, StaffingReply } from './api/staffing.ts'
import type { StaffingTask } from './staffing-worker.ts'

const deadlineMs = 60_000
/** Further questions are refused. */
const mostWaiting = 4

export interface StaffingDesk {
  /** @throws EngineError `staffing.busy` */
  plan(question: StaffingQuestion): Promise<StaffingReply>
  /** @throws EngineError `staffing.busy` */
  simulate(question: StaffingQuestion): Promise<SimulatedStaffingReply>
  /** Ends what is under way. */
  stop(): Promise<void>
}

export function createStaffingDesk(): StaffingDesk {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let isStopped = false
  let running: Worker | null = null

  function ask<T>(task: StaffingTask): Promise<T> {
    if (isStopped || waiting >= mostWaiting)
      return Promise.reject(
        new EngineError('staffing.busy', 'Too many simulations are under way; try again in a minute.'),
      )
    waiting += 1
    const answer = last
      .then(() => work<T>(task))
      .finally(() => {
        waiting -= 1
      })
    last = answer.catch(() => {})
    return answer
  }

  function work<T>(task: StaffingTask): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (isStopped) return Promise.reject(new EngineError('staffing.busy', 'The server stops.'))
    // The worker stands beside this file, as .ts in the repository and as .js in the package.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./staffing-worker.${extension}`, import.meta.url), {
      name: 'strowger-staffing',
      workerData: task,
      // Options of this process (test runners, loaders) are none of the thread's business.
      execArgv: [],
    })
    running = worker
    const deadline = setTimeout(() => void worker.terminate(), deadlineMs)
    worker.on('message', resolve)
    worker.on('error', reject)
    worker.on('exit', () => {
      clearTimeout(deadline)
      if (running === worker) running = null
      reject(new EngineError('staffing.busy', `The simulation did not end within ${deadlineMs / 1_000} s.`))
    })
    return promise.finally(() => worker.terminate())
  }

  return {
    plan: question => ask({ kind: 'plan', question }),
    simulate: question => ask({ kind: 'simulation', question }),
    async stop() {
      isStopped = true
      await running?.terminate()
    },
  }
}
