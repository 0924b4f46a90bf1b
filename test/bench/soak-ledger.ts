/**
 * What passed over the wire of a soak, kept beside the engine: every call that was placed and every socket that is open. Records and
 * counters are held against it.
 */
import type { Network } from '../../engine/ports/network.ts'
import type { CallRecord } from '../../engine/records.ts'

export interface Ledger extends Network {
  readonly openSockets: number
  /** Calls whose agent was told to send his audio to us. */
  readonly relayed: number
  /** What the records say otherwise than the wire did, in words; the calls are struck out. */
  settle(records: readonly CallRecord[]): string[]
}

interface Placed {
  readonly caller: string
  readonly dialled: string
  /** Who was rung for it, in order. */
  readonly agents: string[]
}

/** @param ours the address of the engine */
export function createLedger(network: Network, ours: string): Ledger {
  /** By the name of the caller, who calls once. */
  const placed = new Map<string, Placed>()
  let openSockets = 0
  let relayed = 0

  function noteArriving(text: string): void {
    const caller = callerOf(text)
    // A copy is no second call.
    if (caller !== '' && !placed.has(caller)) placed.set(caller, { caller, dialled: dialledIn(text), agents: [] })
  }

  function noteLeaving(text: string): void {
    if (!text.startsWith('INVITE ')) return
    placed.get(callerOf(text))?.agents.push(dialledIn(text))
    if (text.includes(`\r\nc=IN IP4 ${ours}\r\n`)) relayed++
  }

  return {
    ...network,
    async bindDatagram(at, handlers) {
      const socket = await network.bindDatagram(at, {
        onMessage(bytes, from) {
          const text = Buffer.from(bytes).toString()
          if (text.startsWith('INVITE ')) noteArriving(text)
          handlers.onMessage(bytes, from)
        },
        onError: error => handlers.onError(error),
      })
      openSockets++
      return {
        local: socket.local,
        send(bytes, to) {
          noteLeaving(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString())
          socket.send(bytes, to)
        },
        close() {
          openSockets--
          socket.close()
        },
      }
    },
    get openSockets() {
      return openSockets
    },
    get relayed() {
      return relayed
    },
    settle(records) {
      const wrong = records.flatMap(record => {
        const call = placed.get(record.ani.raw)
        placed.delete(record.ani.raw)
        if (call === undefined) return [`${record.callId} is in the store twice, or was never placed`]
        const [said, seen] = [JSON.stringify(accountOf(record)), JSON.stringify(accountDue(call))]
        return said === seen ? [] : [`${call.caller}: the store has ${said} of ${seen}`]
      })
      wrong.push(...[...placed.keys()].map(caller => `${caller} is not in the store`))
      placed.clear()
      return wrong
    },
  }
}

function accountOf({ sipCallId, dnis, state, endedBy, visits, segments }: CallRecord) {
  return {
    ...{ sipCallId, dnis, state, endedBy },
    visits: visits.map(({ queueId, outcome }) => `${queueId} ${outcome}`),
    rung: visits.flatMap(({ offers }) => offers.map(({ agentId, outcome }) => `${agentId} ${outcome}`)),
    talked: segments.flatMap(({ agentId, endedAt }) => (endedAt === null ? [] : [agentId])),
  }
}

/** The peers of a soak are always there, and the caller hangs up. */
function accountDue({ caller, dialled, agents }: Placed): ReturnType<typeof accountOf> {
  return {
    ...{ sipCallId: `${caller}@10.0.0.2`, dnis: dialled, state: 'completed', endedBy: 'customer' },
    visits: [`${dialled} answered`],
    rung: agents.map(agentId => `${agentId} accepted`),
    talked: agents.slice(-1),
  }
}

function dialledIn(text: string): string {
  return text.slice('INVITE sip:'.length, text.indexOf('@'))
}

function callerOf(text: string): string {
  return /^From: "Caller" <sip:([^@]*)@/m.exec(text)?.[1] ?? ''
}
