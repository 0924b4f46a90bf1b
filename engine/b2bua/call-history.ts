/**
 * The way by which a call has come (RFC 7044): the History-Info of the INVITE that brought it, and that of the INVITEs that
 * send it on. No received text goes along, and every number stands under an address of ours: no host of one leg shows on another.
 */
import { decodeUser, type Headers, parseNameAddress, type SipUri, userUri } from '../sip/index.ts'
import { reasonToPass } from './passed-headers.ts'
import { privacyOf } from './privacy.ts'

/** One place where the call was. */
export interface HistoryEntry {
  /** Decoded; null: it is not to be told. */
  readonly user: string | null
  /** Its place in the tree of tries, as `1.2.1`. */
  readonly index: string
  /** How it was come by: `rc=1`, a contact of place 1; `mp=1`, somebody else than asked for there; null: not told. */
  readonly change: string | null
  /** Why the call went there, as RFC 4458 numbers causes; null: not told. */
  readonly cause: string | null
  /** Why it went on from there, as a Reason value; null: not told. */
  readonly reason: string | null
}

export interface CallHistory {
  /** In the order in which they were called. */
  readonly entries: readonly HistoryEntry[]
  /** The caller wants none of it told (RFC 3323, `Privacy: history`). */
  readonly isPrivate: boolean
}

export const noHistory: CallHistory = { entries: [], isPrivate: false }

/** So many, and so long, that an INVITE still fits into a datagram. */
export const mostEntries = 8
export const longestUser = 64
export const nobody = '<sip:anonymous@anonymous.invalid>'

/** What is not trusted in it brings no history along: whoever gets it from us believes us. */
export function readHistory(headers: Headers, trusted: boolean): CallHistory {
  const wishes = privacyOf(headers)
  // RFC 7044 §10.1.2: whoever asks for the wider kinds of privacy asks for this one, too.
  const isPrivate = ['history', 'header', 'session'].some(kind => wishes.includes(kind))
  if (!trusted || !headers.has('history-info')) return isPrivate ? { entries: [], isPrivate } : noHistory
  // Part of a way says less than nothing, and the indexes of the rest would be wrong.
  const values = headers.list('history-info')
  if (values.length > mostEntries) return { entries: [], isPrivate }
  const entries = values.map(readEntry).filter(entry => entry !== null)
  return { entries: entries.length < values.length ? [] : entries, isPrivate }
}

/** Where a call is sent. */
export interface HistoryTarget {
  /** A URI that the one who gets it knows already. */
  readonly uri: string
  /** RFC 4458; null: nothing was decided but who takes the call. */
  readonly cause: number | null
}

/**
 * The History-Info of an INVITE that sends a call on which has reached a number.
 * @param host ours, as the one knows it who gets it
 */
export function historyOf(history: CallHistory, reached: string, target: HistoryTarget, host: string): string {
  const { entries, isPrivate } = history
  const last = entries.at(-1)
  const isLast = last?.user === reached
  // §10.3 rule 6: where the number was come by is not told, which a 0 says.
  const index = last === undefined ? '1' : isLast ? last.index : `${last.index}.0.1`
  const here: HistoryEntry = { user: reached, index, change: null, cause: null, reason: null }
  const way = (isLast ? entries : [...entries, here]).map(entry => writeEntry(entry, isPrivate, host))
  const cause = target.cause === null ? '' : `;cause=${target.cause}`
  return [...way, `<${target.uri}${cause}>;index=${index}.1;mp=${index}`].join(', ')
}

function readEntry(value: string): HistoryEntry | null {
  const address = parseNameAddress(value)
  const index = address?.params.get('index') ?? ''
  if (address === null || address.uri.user.length > longestUser || !/^[0-9]{1,3}(\.[0-9]{1,3}){0,15}$/.test(index))
    return null
  const { uri, params } = address
  const said = fieldsOf(uri)
  const change = ['rc', 'mp', 'np'].flatMap(kind => {
    const from = params.get(kind) ?? ''
    return /^[0-9.]{1,64}$/.test(from) ? `${kind}=${from}` : []
  })
  const cause = uri.params.get('cause') ?? ''
  return {
    user: userToTell(uri),
    index,
    change: change[0] ?? null,
    cause: /^[0-9]{3}$/.test(cause) ? cause : null,
    reason: reasonToPass(said.get('reason') ?? null),
  }
}

/** Whom a URI names, decoded; null: nobody, or nobody who wants to be told. */
export function userToTell(uri: SipUri): string | null {
  const isTold = uri.scheme !== 'other' && uri.user !== '' && uri.host !== 'anonymous.invalid'
  return isTold && !fieldsOf(uri).has('privacy') ? decodeUser(uri.user) : null
}

function fieldsOf({ headers }: SipUri): ReadonlyMap<string, string> {
  return new Map(headers.split('&').map(field => fieldOf(field)))
}

/** One header of a URI, its name in lower case. */
function fieldOf(field: string): [name: string, value: string] {
  const equals = field.indexOf('=')
  const name = (equals === -1 ? field : field.slice(0, equals)).toLowerCase()
  return [name, equals === -1 ? '' : decodeUser(field.slice(equals + 1))]
}

function writeEntry({ user, index, change, cause, reason }: HistoryEntry, isPrivate: boolean, host: string): string {
  const how = `;index=${index}${change === null ? '' : `;${change}`}`
  // §10.1.2: the place stays, so that the rest keeps its order, but who was there is not told.
  if (isPrivate || user === null) return `${nobody}${how}`
  const why = cause === null ? '' : `;cause=${cause}`
  const wherefore = reason === null ? '' : `?Reason=${encodeURIComponent(reason)}`
  return `<${userUri(user, host)}${why}${wherefore}>${how}`
}
