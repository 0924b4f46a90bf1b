/** How many agents a load needs. The answers are computed on another thread. */
import { SimulatedStaffingReply, StaffingQuestion, StaffingReply } from '../api/staffing.ts'
import type { App } from '../context.ts'
import { createStaffingDesk } from '../staffing-desk.ts'
import { documented } from './documented.ts'

export function staffingRoutes(app: App): void {
  const desk = createStaffingDesk()
  app.addHook('onClose', () => desk.stop())

  app.post(
    '/staffing',
    {
      config: { permission: 'staffing.plan' },
      schema: {
        ...documented('staffing', 'Erlang C and Erlang A for several numbers of agents', StaffingReply),
        body: StaffingQuestion,
      },
    },
    async request => desk.plan(request.body),
  )

  app.post(
    '/staffing-simulations',
    {
      config: { permission: 'staffing.plan' },
      schema: {
        ...documented('staffing', 'The same numbers of agents, simulated', SimulatedStaffingReply),
        body: StaffingQuestion,
      },
    },
    async request => desk.simulate(request.body),
  )
}
