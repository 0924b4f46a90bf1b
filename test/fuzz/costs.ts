/** What messages cost: the CPU of one, and the memory that is left after many (SIP.md §2 rows 2 and 3). */

/** From one plateau to the next. */
export const mostGrowthMb = 16
export const mostMessageMs = 50

/** Of this thread: the collector's helpers and the compiler's work for no message. */
export function cpuMsOf(act: () => void): number {
  const before = process.threadCpuUsage()
  act()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** After a collection: the heap, and the buffers beside it. */
export function memoryMb(collectGarbage: () => void): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}
