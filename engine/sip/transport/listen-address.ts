/** `SIP_LISTEN` entries: `udp://0.0.0.0:5060`, `tcp://[::]:5060`, `tls://0.0.0.0:5061`. */
import { EngineError } from '../../errors.ts'
import { parseHostPort } from '../message/uri.ts'

export interface ListenAddress {
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly host: string
  readonly port: number
}

const transports: Readonly<Record<string, ListenAddress['transport']>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' }

/** RFC 3261 §19.1.2 */
export function defaultPort(transport: string): number {
  return transport === 'TLS' ? 5061 : 5060
}

/** Port 0 asks for a free one. @throws EngineError `config.invalid` */
export function parseListenAddress(text: string): ListenAddress {
  const scheme = text.slice(0, text.indexOf('://')).toLowerCase()
  const rest = text.slice(text.indexOf('://') + 3)
  const free = rest.endsWith(':0')
  const parsed = parseHostPort(free ? rest.slice(0, -2) : rest)
  const transport = Object.hasOwn(transports, scheme) ? transports[scheme] : undefined
  if (transport === undefined || parsed === null) {
    const allowed = 'udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT'
    throw new EngineError('config.invalid', `SIP listen address ${text} is not usable; allowed: ${allowed}`, {
      problems: [{ path: 'SIP_LISTEN', value: text, allowed: `${allowed}; HOST may be [v6]` }],
    })
  }
  return {
    transport,
    host: parsed.host,
    port: free ? 0 : parsed.port === 0 ? defaultPort(transport) : parsed.port,
  }
}
