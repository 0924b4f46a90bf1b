/** The journal as JSON Lines: from a running server by REST, or from the database. */
import { EngineError } from '../engine/errors.ts'
import type { AnyEvent } from '../engine/events.ts'
import type { Store } from '../engine/ports/store.ts'

export interface Remote {
  readonly url: string
  readonly apiKey: string | null
}

/** Of the events' times; null: open. Milliseconds since the epoch. */
export interface TimeRange {
  readonly fromMs: number | null
  readonly toMs: number | null
}

type ReadPage = (after: string, limit: number) => Promise<readonly AnyEvent[]>

const pageLength = 1_000

/** @throws EngineError `config.invalid` for a server that can't be reached or refuses */
export function remoteJournal({ url, apiKey }: Remote): ReadPage {
  const base = `${url.replace(/\/+$/, '')}/api/v1/events`
  return async (after, limit) => {
    const headers = { accept: 'application/json', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) }
    let reply: Response
    try {
      reply = await fetch(`${base}?after=${after}&limit=${limit}`, { headers })
    } catch (error) {
      const { message, cause } = error as Error
      const why = cause instanceof Error ? cause.message : message
      throw new EngineError('config.invalid', `${url} can not be reached: ${why}`, { cause: error })
    }
    if (reply.status === 401 || reply.status === 403)
      throw new EngineError(
        'config.invalid',
        `${url} does not accept STROWGER_API_KEY: make one with the scope events:read`,
      )
    if (!reply.ok) throw new EngineError('config.invalid', `${url} answered ${reply.status} to a request for events`)
    return ((await reply.json()) as { readonly items: readonly AnyEvent[] }).items
  }
}

/** @param store open */
export function storedJournal(store: Store): ReadPage {
  return (after, limit) => store.readEvents({ after: Number(after), limit })
}

/** Lines of the events in the range, page by page. @throws as `read` does */
export async function* journalLines(read: ReadPage, { fromMs, toMs }: TimeRange): AsyncGenerator<string, undefined> {
  let after = '0'
  for (;;) {
    const page = await read(after, pageLength)
    const last = page.at(-1)
    if (last === undefined) return
    const kept = page.filter(({ time }) => {
      const atMs = Date.parse(time)
      return (fromMs === null || atMs >= fromMs) && (toMs === null || atMs < toMs)
    })
    if (kept.length > 0) yield kept.map(event => `${JSON.stringify(event)}\n`).join('')
    if (toMs !== null && Date.parse(last.time) >= toMs) return
    after = last.cursor ?? after
    if (page.length < pageLength) return
  }
}
