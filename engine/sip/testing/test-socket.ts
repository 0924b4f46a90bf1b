/** A WebSocket that is a mere list of what happened to it, and says what a test has it say. */
import type { SipSocket } from '../../ports/network.ts'

export interface TestSocket {
  readonly socket: SipSocket & { bufferedAmount: number }
  /** What was sent, and `ping`, `close CODE`, `terminate`. */
  readonly done: string[]
  emit(event: string, given?: unknown): void
}

export function createTestSocket(onSent: (text: string) => void = () => {}): TestSocket {
  const listeners = new Map<string, (given: never) => void>()
  const done: string[] = []
  const socket = {
    bufferedAmount: 0,
    send(text: string) {
      done.push(text)
      onSent(text)
    },
    ping: () => void done.push('ping'),
    close: (code: number) => void done.push(`close ${code}`),
    terminate: () => void done.push('terminate'),
    on: (event: string, listener: (given: never) => void) => listeners.set(event, listener),
  } satisfies SipSocket
  return { socket, done, emit: (event, given) => listeners.get(event)?.(given as never) }
}
