import { describe, expect, it } from 'vitest'
import { describeProblems, EngineError } from '../engine/errors.ts'
import { parseDatabaseUrl } from './url.ts'

describe('the database URL', () => {
  it('names memory, a folder, or a server', () => {
    expect(parseDatabaseUrl('memory://')).toEqual({ kind: 'memory' })
    expect(parseDatabaseUrl('pglite:///var/lib/strowger')).toEqual({ kind: 'pglite', folder: '/var/lib/strowger' })
    expect(parseDatabaseUrl('pglite://./data')).toEqual({ kind: 'pglite', folder: `${process.cwd()}/data` })
    for (const scheme of ['postgres', 'postgresql']) {
      const url = `${scheme}://ann:se%2Fcret@db.example:5433/calls?sslmode=require`
      expect(parseDatabaseUrl(url)).toEqual({ kind: 'postgres', url, place: 'PostgreSQL at db.example:5433' })
    }
    expect(parseDatabaseUrl('postgres:///calls?host=/run/postgresql')).toMatchObject({
      place: 'PostgreSQL at /run/postgresql:5432',
    })
  })

  it.each(['', 'data', 'pglite://', 'memory://x', 'mysql://ann:secret@host/db', 'postgres://ann:secret@host:port/db'])(
    'refuses %j, says what is allowed and repeats no password',
    url => {
      const refuse = () => parseDatabaseUrl(url)
      expect(refuse).toThrow(EngineError)
      expect(refuse).toThrow(/allowed: pglite:\/\/PATH .*postgres:\/\/.*memory:\/\//)
      try {
        refuse()
      } catch (error) {
        const { code, problems, message } = error as EngineError
        expect(code).toBe('config.invalid')
        expect(problems).toMatchObject([{ path: 'DATABASE_URL' }])
        expect(`${message} ${describeProblems(problems)}`).not.toContain('secret')
      }
    },
  )
})
