/** The thread that answers one question about staffing, so that signalling never waits for it. */
import { parentPort, workerData } from 'node:worker_threads'
import type { StaffingQuestion } from './api/staffing.ts'
import { planStaffing, simulateStaffing } from './staffing-plan.ts'

export interface StaffingTask {
  readonly kind: 'plan' | 'simulation'
  readonly question: StaffingQuestion
}

const { kind, question } = workerData as StaffingTask
parentPort?.postMessage(kind === 'plan' ? planStaffing(question) : await simulateStaffing(question))
