/** What a phone was shown of the other side in one dialog, whoever spoke: to it all that is one session (RFC 3264 §8). */
import { expect } from 'vitest'
import type { SipMessage } from '../../sip/message/message.ts'
import type { ScriptedPhone } from './scripted-phone.ts'

export interface Shown {
  readonly origin: string
  readonly version: number
  readonly lines: readonly string[]
}

/** The descriptions, oldest first; one that was said several times in a row is there once. */
export function shown({ received }: ScriptedPhone, callId: string): readonly Shown[] {
  const texts = received.flatMap((it: SipMessage) => (it.headers.callId === callId && it.body !== '' ? [it.body] : []))
  const said = texts.filter(text => text.startsWith('v=0')).filter((text, index, all) => text !== all[index - 1])
  return said.map(text => {
    const [, who = '', version = '', at = ''] = /^o=(\S+ \S+) (\d+) (.*)/m.exec(text) ?? []
    return { origin: `${who} ${at.trim()}`, version: Number(version), lines: text.match(/^m=\w+ \d+/gm) ?? [] }
  })
}

/** What the phone was offered last, and within its call if that goes on. */
export function lastOffered({ received }: ScriptedPhone): string {
  return received.findLast((it: SipMessage) => it.kind === 'request' && it.method === 'INVITE')?.body ?? ''
}

export function expectOneSession(all: readonly Shown[]): void {
  expect(new Set(all.map(({ origin }) => origin)).size).toBe(1)
  const versions = all.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  const counts = all.map(({ lines }) => lines.length)
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
}
