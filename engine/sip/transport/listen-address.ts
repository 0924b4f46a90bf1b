/** `SIP_LISTEN` entries: `udp://0.0.0.0:5060`, `tcp://[::]:5060`. */
import { EngineError } from '../../errors.ts'
import { parseHostPort } from '../message/uri.ts'

export interface ListenAddress {
  readonly transport: 'UDP' | 'TCP'
  readonly host: string
  readonly port: number
}

/** Port 0 asks for a free one. @throws EngineError `config.invalid` */
export function parseListenAddress(text: string): ListenAddress {
  const scheme = text.slice(0, text.indexOf('://')).toLowerCase()
  const rest = text.slice(text.indexOf('://') + 3)
  const free = rest.endsWith(':0')
  const parsed = parseHostPort(free ? rest.slice(0, -2) : rest)
  if ((scheme !== 'udp' && scheme !== 'tcp') || parsed === null) {
    throw new EngineError(
      'config.invalid',
      `SIP listen address ${text} is not usable; allowed: udp://HOST:PORT, tcp://HOST:PORT`,
      {
        problems: [{ path: 'SIP_LISTEN', value: text, allowed: 'udp://HOST:PORT, tcp://HOST:PORT; HOST may be [v6]' }],
      },
    )
  }
  return {
    transport: scheme === 'udp' ? 'UDP' : 'TCP',
    host: parsed.host,
    port: free ? 0 : parsed.port === 0 ? 5060 : parsed.port,
  }
}
