/** The journal by cursor: what a client reconciles with. */
import { Page } from '../api/common.ts'
import { EventItem, EventsQuery } from '../api/events.ts'
import type { App, AppContext } from '../context.ts'
import { documented } from './documented.ts'

export function eventRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/events',
    {
      config: { permission: 'events.read' },
      schema: {
        ...documented('events', 'Events after a cursor, oldest first', Page(EventItem)),
        querystring: EventsQuery,
      },
    },
    async request => {
      const { after, limit } = request.query
      const events = await engine.journal.read(Number(after), limit)
      const items = events.map(event => ({ ...event }))
      return { items, next: events.length === limit ? (events.at(-1)?.cursor ?? null) : null }
    },
  )
}
