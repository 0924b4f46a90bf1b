/** Which dialog is to be replaced: the value of Replaces (RFC 3891 §6.1), as a header or escaped in a URI. */
import type { SipRequest } from '../message/message.ts'

export interface Replaces {
  readonly callId: string
  /** From the point of view of whoever receives it: our tag, and the peer's (§3). */
  readonly toTag: string
  readonly fromTag: string
  /** Only a dialog that was not answered yet. */
  readonly earlyOnly: boolean
}

/** Longer ones name nothing of ours. */
const longestValue = 512

/** Null when malformed. */
export function parseReplaces(value: string): Replaces | null {
  if (value.length > longestValue || hasControls(value)) return null
  const [callId = '', ...params] = value.split(';').map(part => part.trim())
  const found = new Map<string, string>()
  for (const param of params) {
    const equals = param.indexOf('=')
    const name = (equals === -1 ? param : param.slice(0, equals)).trim().toLowerCase()
    // Each parameter stands once (§6.1): of two tags none is the right one.
    if (name === '' || found.has(name)) return null
    found.set(name, equals === -1 ? '' : param.slice(equals + 1).trim())
  }
  const [toTag = '', fromTag = ''] = [found.get('to-tag'), found.get('from-tag')]
  if (callId === '' || toTag === '' || fromTag === '' || callId.includes(',')) return null
  return { callId, toTag, fromTag, earlyOnly: found.has('early-only') }
}

/** The header of an INVITE; null if there is none. More than one, like one that makes no sense, is malformed (§3). */
export function readReplaces({ headers }: SipRequest): Replaces | 'malformed' | null {
  if (!headers.has('replaces')) return null
  const [value = '', ...others] = headers.fields('replaces')
  return (others.length > 0 ? null : parseReplaces(value)) ?? 'malformed'
}

export function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code === 127) return true
  }
  return false
}
