/** A lookup for sockets that only meet numeric addresses. */
import { isIP } from 'node:net'
import type { SocketAddress } from '../ports/network.ts'

/**
 * Answers at once, for Node's own lookup puts off every datagram until the next tick. A name is refused: names are
 * resolved by {@link Network.resolveHost}, not in the way of a datagram.
 */
export function lookupNumeric(
  host: string,
  family: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const version = isIP(host)
  if (version === 0 || (typeof family === 'number' && family !== 0 && version !== family)) {
    const error = new Error(`${host} is not a numeric address of this socket's family`)
    callback(Object.assign(error, { code: 'EAFNOSUPPORT' }), host, version)
    return
  }
  callback(null, host, version)
}

/**
 * Where to connect, for Node's `connect`. To a numeric host that begins on the next tick only, to a name that is looked up
 * at once it does now: so the port that we come from is known before the first message that has to say it is made.
 */
export function connectAtOnce({ host, port }: SocketAddress) {
  return {
    host: `[${host}]`,
    port,
    autoSelectFamily: false,
    lookup: (_name: string, { family }: { family?: unknown }, callback: Parameters<typeof lookupNumeric>[2]) =>
      lookupNumeric(host, family, callback),
  } as const
}
