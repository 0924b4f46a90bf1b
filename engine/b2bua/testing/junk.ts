/** What scanners and floods are made of; none is like another, so that none is a copy. */
import { type RequestText, requestText } from '../../sip/testing/wire.ts'

/** How many kinds of it there are; they come in turn. */
export const junkKinds = 11

export function junk(serial: number): string {
  const own = { branch: `z9hG4bK${serial}`, callId: `flood-${serial}` }
  const kinds: readonly RequestText[] = [
    { method: 'OPTIONS' },
    { method: 'REGISTER', headers: ['Contact: <sip:a@192.0.2.66>'] },
    { method: 'INVITE', uri: `sip:00${serial}@10.0.0.1` },
    { method: 'PUBLISH' },
    { method: 'BYE', toTag: 'none' },
    { method: 'CANCEL' },
    { method: 'OPTIONS', headers: ['Require: nothing'] },
    { method: 'OPTIONS', uri: 'unknown:scheme' },
    { method: 'INVITE', headers: ['Authorization: Digest realm="elsewhere", username="a"'] },
    { method: 'OPTIONS', headers: ['Authorization: Digest realm="strowger", username="a"'] },
    { method: 'OPTIONS', headers: ['CSeq: 1 INVITE'] },
  ]
  return requestText({ ...kinds[serial % junkKinds], ...own } as RequestText)
}
