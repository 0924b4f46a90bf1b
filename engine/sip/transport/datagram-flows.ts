/**
 * The flows of one datagram socket, one for each peer that was heard or sent to lately: a message from a known address makes no
 * object of its own. Bounded: a flood from many addresses makes flows anew, no more.
 */
import type { SocketAddress } from '../../ports/network.ts'
import type { Flow } from './flow.ts'

const maxFlows = 8_192

export class DatagramFlows {
  readonly #create: (remote: SocketAddress) => Flow
  readonly #byHost = new Map<string, Map<number, Flow>>()
  #size = 0

  constructor(create: (remote: SocketAddress) => Flow) {
    this.#create = create
  }

  to(remote: SocketAddress): Flow {
    const known = this.#byHost.get(remote.host)?.get(remote.port)
    if (known !== undefined) return known
    if (this.#size >= maxFlows) {
      this.#byHost.clear()
      this.#size = 0
    }
    const flow = this.#create(remote)
    const byPort = this.#byHost.get(remote.host)
    if (byPort === undefined) this.#byHost.set(remote.host, new Map([[remote.port, flow]]))
    else byPort.set(remote.port, flow)
    this.#size++
    return flow
  }
}
