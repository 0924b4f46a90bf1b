/** Opening hours: what they say now, and overriding them. */
import { IdParams, Page } from '../api/common.ts'
import { HoursOverride, HoursReply } from '../api/hours.ts'
import { principalOf } from '../auth/hooks.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { hoursReply } from '../views.ts'
import { documented } from './documented.ts'

export function hoursRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/hours',
    { config: { permission: 'hours.read' }, schema: documented('hours', 'All opening hours', Page(HoursReply)) },
    async () => ({ items: engine.hours.list().map(hoursReply), next: null }),
  )

  app.get(
    '/hours/:id',
    {
      config: { permission: 'hours.read' },
      schema: { ...documented('hours', 'Whether it is open', HoursReply), params: IdParams },
    },
    async request => hoursReply(engine.hours.get(request.params.id)),
  )

  app.get(
    '/hours/:id/override',
    {
      config: { permission: 'hours.read' },
      schema: { ...documented('hours', 'What holds whatever the calendar says', HoursReply), params: IdParams },
    },
    async request => hoursReply(engine.hours.get(request.params.id)),
  )

  app.put(
    '/hours/:id/override',
    {
      config: { permission: 'hours.override' },
      schema: {
        ...documented('hours', 'Open or close, or let the calendar hold again', HoursReply),
        params: IdParams,
        body: HoursOverride,
      },
    },
    async request => {
      const { actor } = principalOf(request)
      const { state, until, reason } = request.body
      return hoursReply(engine.hours.override(request.params.id, state, { reason, actor, ...given({ until }) }))
    },
  )
}
