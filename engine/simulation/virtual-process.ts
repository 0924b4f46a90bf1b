/**
 * A process that can be killed: the clock, network and store of one engine, all of which go dead at once and leave the
 * rest of the simulation alone. A killed engine gets no timer, no packet and no answer any more, and says nothing.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { DatagramSocket, Network, StreamListener } from '../ports/network.ts'
import type { Store } from '../ports/store.ts'

export interface VirtualProcess {
  readonly clock: Clock
  readonly network: Network
  readonly store: Store
  readonly alive: boolean
  /** As SIGKILL: what the store has taken is all that stays. */
  kill(): void
}

/** @param world what goes on when the process is gone */
export function createVirtualProcess(world: { clock: Clock; network: Network; store: Store }): VirtualProcess {
  const timers = new Set<TimerHandle>()
  const sockets = new Set<DatagramSocket | StreamListener>()
  let alive = true

  const clock: Clock = {
    now: () => world.clock.now(),
    setTimeout(callback, delayMs) {
      if (!alive) return null
      const handle = world.clock.setTimeout(() => {
        timers.delete(handle)
        callback()
      }, delayMs)
      timers.add(handle)
      return handle
    },
    clearTimeout(handle) {
      timers.delete(handle)
      world.clock.clearTimeout(handle)
    },
  }

  function own<T extends DatagramSocket | StreamListener>(socket: T): T {
    if (alive) sockets.add(socket)
    else socket.close()
    return socket
  }

  const network: Network = {
    bindDatagram: async (at, handlers) => own(await world.network.bindDatagram(at, handlers)),
    listenStream: async (at, onConnection, identity) =>
      own(await world.network.listenStream(at, onConnection, identity)),
    connectStream: (to, tls) => world.network.connectStream(to, tls),
    resolveHost: name => world.network.resolveHost(name),
    ...(world.network.dns === undefined ? {} : { dns: world.network.dns }),
    localAddressFor: remoteHost => world.network.localAddressFor(remoteHost),
  }

  return {
    clock,
    network,
    store: mortal(world.store, () => alive),
    get alive() {
      return alive
    },
    kill() {
      alive = false
      for (const handle of timers) world.clock.clearTimeout(handle)
      for (const socket of sockets) socket.close()
      timers.clear()
      sockets.clear()
    },
  }
}

/** The store as a process sees it: once that is dead nothing is asked any more, and no answer arrives. */
function mortal(store: Store, isAlive: () => boolean): Store {
  const never = new Promise<never>(() => {})
  async function ask<T>(what: () => Promise<T>): Promise<T> {
    if (!isAlive()) return never
    const answer = await what()
    return isAlive() ? answer : never
  }
  return {
    kind: store.kind,
    open: () => ask(() => store.open()),
    append: group => ask(() => store.append(group)),
    readEvents: query => ask(() => store.readEvents(query)),
    oldestCursor: () => ask(() => store.oldestCursor()),
    saveCalls: records => ask(() => store.saveCalls(records)),
    saveSessions: records => ask(() => store.saveSessions(records)),
    listCalls: query => ask(() => store.listCalls(query)),
    getCall: callId => ask(() => store.getCall(callId)),
    queueTotals: (since, targetsMs) => ask(() => store.queueTotals(since, targetsMs)),
    forget: expiry => ask(() => store.forget(expiry)),
    voicemail: {
      save: records => ask(() => store.voicemail.save(records)),
      list: query => ask(() => store.voicemail.list(query)),
      get: messageId => ask(() => store.voicemail.get(messageId)),
      remove: messageIds => ask(() => store.voicemail.remove(messageIds)),
      totals: () => ask(() => store.voicemail.totals()),
    },
    loadCenter: () => ask(() => store.loadCenter()),
    saveCenter: stored => ask(() => store.saveCenter(stored)),
    close: () => ask(() => store.close()),
  }
}
