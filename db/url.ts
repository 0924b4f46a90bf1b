/** Reads `DATABASE_URL`. */
import { resolve } from 'node:path'
import { EngineError } from '../engine/errors.ts'

export type DatabaseUrl =
  | { readonly kind: 'memory' }
  | { readonly kind: 'pglite'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly place: string }

const allowed = 'pglite://PATH (a relative path too), postgres://USER:PASSWORD@HOST:PORT/DATABASE, or memory://'

/** @throws EngineError `config.invalid` that says what is allowed and repeats nothing that may be a password. */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (text === 'memory://') return { kind: 'memory' }
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? []
  if (scheme === 'pglite' && rest !== '') return { kind: 'pglite', folder: resolve(rest) }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const url = URL.parse(text)
    if (url !== null) return { kind: 'postgres', url: text, place: `PostgreSQL at ${placeOf(url)}` }
  }
  const value = scheme === '' ? '(no scheme)' : `${scheme}://…`
  throw new EngineError('config.invalid', `The database URL ${value} is not usable; allowed: ${allowed}`, {
    problems: [{ path: 'DATABASE_URL', value, allowed }],
  })
}

function placeOf(url: URL): string {
  const host = url.hostname || url.searchParams.get('host') || 'localhost'
  return `${decodeURIComponent(host)}:${url.port || '5432'}`
}
