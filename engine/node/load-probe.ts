/** The load port on Node: the delay and the utilisation of this thread's event loop, both counted outside JavaScript. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { LoadProbe } from '../ports/load.ts'

const resolutionMs = 20

export function createNodeLoadProbe(): LoadProbe {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  let last = performance.eventLoopUtilization()
  return {
    sample() {
      const since = performance.eventLoopUtilization(last)
      last = performance.eventLoopUtilization()
      // The histogram holds whole intervals between two looks, in nanoseconds; NaN before the first.
      const meanMs = delay.mean / 1e6
      delay.reset()
      return {
        lagMs: Number.isFinite(meanMs) ? Math.max(0, meanMs - resolutionMs) : 0,
        busy: since.utilization,
      }
    },
    stop: () => void delay.disable(),
  }
}
