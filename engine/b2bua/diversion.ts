/**
 * Diversion (RFC 5806), which carriers speak where the standard is History-Info: the one as the other, as RFC 7544 has it. A
 * Diversion names the latest place first; why a call left one stands in History-Info at the next.
 */
import { type NameAddress, parseNameAddress, userUri } from '../sip/index.ts'
import { type HistoryEntry, longestUser, mostEntries, nobody, userToTell } from './call-history.ts'

/** RFC 7544 §3, by RFC 4458's causes; what is not here is `unknown`. */
const causes: ReadonlyMap<string, string> = new Map([
  ['unconditional', '302'],
  ['user-busy', '486'],
  ['no-answer', '408'],
  ['deflection', '480'],
  ['unavailable', '503'],
])
const reasons: ReadonlyMap<string, string> = new Map([
  ...[...causes].map(([reason, cause]) => [cause, reason] as const),
  ['487', 'deflection'],
])
const unknown = { cause: '404', reason: 'unknown' }

/**
 * The way that Diversions tell, up to the number that the call was sent to at last (RFC 7544 §4). Empty if it can't be told
 * whole: part of a way says less than nothing.
 */
export function historyOfDiversions(values: readonly string[], reached: string): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = []
  let cause: string | null = null
  const add = (user: string | null) => {
    const last = entries.at(-1)
    const index = last === undefined ? '1' : `${last.index}.1`
    entries.push({ user, index, change: last === undefined ? null : `mp=${last.index}`, cause, reason: null })
    cause = null
  }
  for (const value of [...values].reverse()) {
    const diversion = parseNameAddress(value)
    if (diversion === null || diversion.uri.user === '' || diversion.uri.user.length > longestUser) return []
    const { params } = diversion
    // A counter of more than one: as many places before it are not told.
    const counted = /^[0-9]{1,2}$/.test(params.get('counter') ?? '') ? Number(params.get('counter')) : 1
    for (let untold = 1; untold < counted && entries.length < mostEntries; untold++) add(null)
    add(userDiverted(diversion))
    cause = causes.get(params.get('reason')?.toLowerCase() ?? '') ?? unknown.cause
    if (entries.length >= mostEntries) return []
  }
  if (entries.length > 0) add(reached)
  return entries
}

/** As {@link userToTell}. `off` is what is meant where nothing is said (RFC 5806 §4). */
export function userDiverted({ params, uri }: NameAddress): string | null {
  return (params.get('privacy') ?? 'off').toLowerCase() === 'off' ? userToTell(uri) : null
}

/**
 * The Diversion of a call that we send on from a number, and of those who have sent it there, as far as it is told why.
 * @param host ours, as the one knows it who gets it
 */
export function diversionsOf(entries: readonly HistoryEntry[], reached: string, host: string): string {
  const before = entries.flatMap(({ user }, place) => {
    const cause = entries[place + 1]?.cause ?? null
    if (cause === null) return []
    const why = `reason=${reasons.get(cause) ?? unknown.reason};counter=1`
    return [user === null ? `${nobody};${why};privacy=full` : `<${userUri(user, host)}>;${why}`]
  })
  return [`<${userUri(reached, host)}>;reason=unconditional;counter=1`, ...before.reverse()].join(', ')
}
