/** A look into a running process, through the inspector that Node brings (`--inspect`): nothing has to be built in for it. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Inside {
  /** Of the signalling thread, after a collection: its heap, and the buffers beside it. */
  readonly memoryBytes: number
  /** Timers of Node that are armed there. */
  readonly timers: number
}

export interface Inspector {
  look(): Promise<Inside>
  close(): void
}

const seen = `JSON.stringify({
  memoryBytes: process.memoryUsage().heapUsed + process.memoryUsage().external,
  timers: process.getActiveResourcesInfo().filter(name => name === 'Timeout').length,
})`

interface Answer {
  readonly id: number
  readonly result?: { readonly result?: { readonly value?: string } }
}

/** @throws Error if nobody listens there */
export async function inspect(port: number): Promise<Inspector> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const gone = once(socket, 'close').then(() => {
    throw new Error('the process that was looked into has gone')
  })
  // Nobody may be waiting for it.
  gone.catch(() => {})
  let serial = 0
  async function ask(method: string, params: object = {}): Promise<Answer> {
    const id = ++serial
    socket.send(JSON.stringify({ id, method, params }))
    for (;;) {
      const [data] = (await Promise.race([once(socket, 'message'), gone])) as [Buffer]
      const answer = JSON.parse(data.toString()) as Answer
      if (answer.id === id) return answer
    }
  }
  return {
    async look() {
      await ask('HeapProfiler.collectGarbage')
      const { result } = await ask('Runtime.evaluate', { expression: seen, returnByValue: true })
      return JSON.parse(result?.result?.value ?? '') as Inside
    },
    close: () => socket.terminate(),
  }
}
