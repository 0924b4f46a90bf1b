/** Asks a server for a sign of life by OPTIONS (RFC 3261 §11). */
import type { Target } from '../location/selection.ts'
import { createRequest } from '../message/message.ts'
import { hostPort } from '../message/uri.ts'
import type { UserAgent } from './user-agent.ts'

/** `done` once: true for any answer but 503, and but the silence that counts as 408. */
export function probe(userAgent: UserAgent, target: Target, done: (isGood: boolean) => void): void {
  const flow = userAgent.flowToTarget(target)
  if (flow === null) {
    done(false)
    return
  }
  const { ids } = userAgent.options
  const request = createRequest('OPTIONS', `sip:${hostPort(target.host, target.port)}`)
  request.headers
    .append('max-forwards', '70')
    .append('from', `<sip:${hostPort(flow.advertised.host, 0)}>;tag=${ids.token()}`)
    .append('to', `<${request.uri}>`)
    .append('call-id', ids.token())
    .append('cseq', '1 OPTIONS')
    .append('contact', userAgent.contactOn(flow))
    .append('accept', 'application/sdp')
  userAgent.request(request, flow, {
    onResponse: ({ status }) => {
      if (status >= 200) done(status !== 503 && status !== 408)
    },
    onTimeout: () => done(false),
    onTransportError: () => done(false),
  })
}
