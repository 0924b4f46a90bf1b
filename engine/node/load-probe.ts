/** The load port on Node: the delay of this thread's event loop, counted outside JavaScript. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoadProbe } from '../ports/load.ts'

const resolutionMs = 20

export function createNodeLoadProbe(): LoadProbe {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  return {
    lagMs() {
      // The histogram holds whole intervals between two looks, in nanoseconds; NaN before the first.
      const meanMs = delay.mean / 1e6
      delay.reset()
      return Number.isFinite(meanMs) ? Math.max(0, meanMs - resolutionMs) : 0
    },
    stop: () => void delay.disable(),
  }
}
