/** What every page of a signed-in reader shares: who reads, how times are written, and the way to the server. */
import { createContext, use } from 'react'
import type { WhoAmI } from '../server/api/session.ts'
import type { LiveConnection } from './live/connection.ts'
import type { TimeFormat } from './time/format.ts'

export interface Reader {
  readonly who: WhoAmI
  /** May change the state of agents and end calls. */
  readonly canSupervise: boolean
  readonly isAdministrator: boolean
  readonly format: TimeFormat
  readonly connection: LiveConnection | null
}

export const ReaderContext = createContext<Reader | null>(null)

export function useReader(): Reader {
  const reader = use(ReaderContext)
  if (reader === null) throw new Error('useReader is used outside of a signed-in page')
  return reader
}
