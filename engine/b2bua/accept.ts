/** Whether a request lets us answer with a session description (RFC 3261 §20.1). */
import type { SipRequest } from '../sip/index.ts'

const ranges: ReadonlySet<string> = new Set(['application/sdp', 'application/*', '*/*'])

/** Without Accept it is `application/sdp`; an empty one accepts nothing. */
export function acceptsSession({ headers }: SipRequest): boolean {
  if (!headers.has('accept')) return true
  return headers.list('accept').some(value => {
    const [range = '', ...params] = value.toLowerCase().split(';')
    return ranges.has(range.replaceAll(/\s/g, '')) && !params.some(isRefusal)
  })
}

/** `q=0`, with as many zeros behind the point as there may be. */
function isRefusal(param: string): boolean {
  const [name = '', value = ''] = param.split('=')
  return name.trim() === 'q' && Number(value) === 0
}
