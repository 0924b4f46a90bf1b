/** Waiting with a deadline for what tells nobody when it happens: another program's sockets and files. */
import { setTimeout as pause } from 'node:timers/promises'

const stepMs = 20

/** Resolves with the first result that isn't null. @throws an Error that says what was missing after `timeoutMs` */
export async function until<T>(what: string, probe: () => T | null, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = probe()
    if (found !== null) return found
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`)
    await pause(stepMs)
  }
}
