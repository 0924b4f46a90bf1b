/** What people may ask of opening hours and say about them: the `hours` of an engine. */
import type { Engine } from './api.ts'
import { EngineError } from './errors.ts'
import type { HoursBook } from './routing/hours-book.ts'

export function createHoursCommands(book: HoursBook): Engine['hours'] {
  return {
    list: () => book.list(),
    get: hoursId => book.view(hoursId),
    isOpen: (hoursId, atMs) => (atMs === undefined ? book.verdict(hoursId) : book.calendarAt(hoursId, atMs)).open,
    override(hoursId, state, { until, reason, actor = 'embedder' } = {}) {
      const untilMs = until === undefined ? null : Date.parse(until)
      if (untilMs !== null && Number.isNaN(untilMs)) {
        const problems = [{ path: 'until', value: until, allowed: 'an RFC 3339 instant' }]
        throw new EngineError('request.invalid', `No instant: ${until}`, { problems })
      }
      return book.override(hoursId, state, { untilMs, actor, ...(reason === undefined ? {} : { reason }) })
    },
  }
}
