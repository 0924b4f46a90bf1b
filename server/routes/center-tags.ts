/** ETags of the definition and its parts: who changes what he has read may insist that nobody else did meanwhile. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { HttpProblem } from '../problems.ts'

/** Follows from the content alone, so that it means the same after a restart. Secrets are no part of it. */
export function tagOf(value: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)}"`
}

/**
 * RFC 9110 §13.1.1, §13.1.2.
 * @param value what is in force; undefined: nothing is
 * @throws HttpProblem `center.changed`
 */
export function requireUnchanged(headers: IncomingHttpHeaders, value: unknown): void {
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers
  if (wanted !== undefined && !names(wanted, value))
    throw new HttpProblem('center.changed', 'Somebody else has changed this since it was read: read it again.')
  if (unwanted !== undefined && names(unwanted, value))
    throw new HttpProblem('center.changed', 'There is one already: choose another name, or change that one.')
}

function names(header: string, value: unknown): boolean {
  if (value === undefined) return false
  if (header.trim() === '*') return true
  const tag = tagOf(value)
  return header.split(',').some(each => each.trim() === tag)
}
