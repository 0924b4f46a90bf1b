/**
 * What an INVITE says of its caller: who he is and whether that may be told (RFC 3323, 3325), where the call was diverted
 * from (RFC 5806, 7044), and what goes along with it (RFC 7433). What a peer says that isn't trusted in it is not read.
 */
import { decodeUser, type NameAddress, parseNameAddress, parseUri, type SipRequest } from '../sip/index.ts'
import { type CallHistory, longestUser, readHistory, userToTell } from './call-history.ts'
import { historyOfDiversions, userDiverted } from './diversion.ts'
import { userToUserIn } from './passed-headers.ts'
import { privacyOf } from './privacy.ts'

export interface CallerIdentity {
  /** Decoded; of the asserted identity if there is one. */
  readonly user: string
  readonly displayName: string
  readonly withheld: boolean
  /** The user of the asserted identity, decoded; null: none is, or it is not believed. */
  readonly asserted: string | null
  /** The number that was called first; null: the call was not diverted, or that isn't told. */
  readonly divertedFrom: string | null
  /** Why, as `no-answer`. */
  readonly divertedReason: string | null
  /** By which way the call has come. */
  readonly history: CallHistory
  /** User-to-User, as it was sent: a list if there were several. */
  readonly userToUser: string | null
}

const longestWord = 64

const notDiverted = { divertedFrom: null, divertedReason: null } as const

export function readIdentity(request: SipRequest, trusted: boolean): CallerIdentity {
  const { headers } = request
  const from = headers.from
  const asserted = trusted ? firstAddress(headers.list('p-asserted-identity')) : null
  const shown = asserted ?? from
  const history = wayOf(request, trusted)
  const fromUser = decodeUser(from?.uri.user ?? '')
  // RFC 3323 §4.1.1.3 and what phones and carriers send: privacy asked for, or an address that names nobody.
  const withheld =
    privacyOf(headers).some(kind => kind === 'id' || kind === 'user') ||
    fromUser.toLowerCase() === 'anonymous' ||
    from?.uri.host === 'anonymous.invalid' ||
    shown?.uri.host === 'anonymous.invalid'
  return {
    user: shortened(decodeUser(shown?.uri.user ?? '')),
    displayName: shortened(shown?.displayName || (from?.displayName ?? '')),
    withheld,
    asserted: asserted === null ? null : shortened(decodeUser(asserted.uri.user)),
    ...(trusted && !history.isPrivate
      ? divertedBy(headers.list('diversion'), headers.list('history-info'))
      : notDiverted),
    history,
    userToUser: userToUserIn(request),
  }
}

/** It stands in the INVITE to each phone that is rung: one that is too long for a datagram makes them all unreachable. */
function shortened(text: string): string {
  return text.length <= longestUser ? text : text.slice(0, longestUser).toWellFormed()
}

/** Who tells the way by Diversion alone tells it all the same. */
function wayOf({ uri, headers }: SipRequest, trusted: boolean): CallHistory {
  const history = readHistory(headers, trusted)
  if (!trusted || headers.has('history-info') || !headers.has('diversion')) return history
  const entries = historyOfDiversions(headers.list('diversion'), decodeUser(parseUri(uri)?.user ?? ''))
  return entries.length === 0 ? history : { ...history, entries }
}

function firstAddress(values: readonly string[]): NameAddress | null {
  for (const value of values) {
    const address = parseNameAddress(value)
    if (address !== null && address.uri.scheme !== 'other' && address.uri.user !== '') return address
  }
  return null
}

/** Diversion puts the latest one first, History-Info the first one first and whoever was called last at its end. */
function divertedBy(
  diversions: readonly string[],
  history: readonly string[],
): Pick<CallerIdentity, 'divertedFrom' | 'divertedReason'> {
  const original = parseNameAddress(diversions.at(-1) ?? '')
  if (original !== null && original.uri.user !== '') {
    return diverted(userDiverted(original), wordOf(original.params.get('reason')))
  }
  const first = parseNameAddress(history[0] ?? '')
  if (history.length < 2 || first === null || first.uri.user === '') return notDiverted
  // RFC 7044 §5.1: why it was sent on stands as an escaped Reason in the URI of the next entry or of its own.
  const told = /[?&;]reason=(?:SIP|Q\.850)%3Bcause%3D([0-9]{3})/i
  // RFC 7544 §4: what a diversion was for may stand as the cause of where it led.
  const reason = [told, /;cause=([0-9]{3})\b/i].flatMap(words => history.map(it => words.exec(it)?.[1])).find(Boolean)
  return diverted(userToTell(first.uri), reason === undefined ? null : `SIP ${reason}`)
}

function diverted(
  user: string | null,
  divertedReason: string | null,
): Pick<CallerIdentity, 'divertedFrom' | 'divertedReason'> {
  return user === null || user.length > longestUser ? notDiverted : { divertedFrom: user, divertedReason }
}

function wordOf(value: string | undefined): string | null {
  return value === undefined || value === '' || value.length > longestWord ? null : value.toLowerCase()
}
