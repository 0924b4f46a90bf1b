/**
 * Mutated messages at the door (SIP.md §2 rows 2 and 3), said twice: what one costs is the less of the two, so that neither the
 * collector's turn nor the compiler's counts. Many more of them: `npm run fuzz -- --messages 1000000 --seed 7`.
 */
import { expect, it } from 'vitest'
import { fuzz } from '../../engine/b2bua/testing/fuzz.ts'
import { createCollector } from '../bench/garbage.ts'
import { cpuMsOf, memoryMb, mostGrowthMb, mostMessageMs } from '../fuzz/costs.ts'

const messages = 100_000
const passes = 2

it(`${messages} mutated messages over UDP, TCP, TLS and WebSocket do no harm, cost little and leave nothing behind`, {
  timeout: 900_000,
}, async () => {
  const collectGarbage = createCollector()
  const [costsMs, memory]: [number[], number[]] = [[], []]
  const report = await fuzz({
    ...{ messages, passes, seed: 20_261_122 },
    around: send => costsMs.push(cpuMsOf(send)),
    onProgress(sent) {
      if (sent % messages === 0) memory.push(memoryMb(collectGarbage))
    },
  })
  expect(report.faults).toEqual([])
  expect(report.unreadable).toEqual([])
  expect([report.asked, report.answered]).toEqual([(passes * messages) / 100, (passes * messages) / 100])
  // It got further than the parser.
  expect(report.calls).toBeGreaterThan((passes * messages) / 100)
  expect(report.registered).toBeGreaterThan(0)
  expect(report.plateaus).toHaveLength((passes * messages) / 1_000)
  for (const plateau of report.plateaus) expect(plateau).toEqual(report.plateaus[0])
  expect(report.plateaus[0]).toMatchObject({ dialogs: 0, transactions: 0, halfOpen: 0, bindings: 0 })

  const [once, twice] = [costsMs.slice(0, costsMs.length / passes), costsMs.slice(costsMs.length / passes)]
  expect(once).toHaveLength(twice.length)
  const dearestMs = once.reduce((most, costMs, i) => Math.max(most, Math.min(costMs, twice[i] ?? costMs)), 0)
  expect(dearestMs).toBeGreaterThan(0)
  expect(dearestMs).toBeLessThanOrEqual(mostMessageMs)
  expect(memory).toHaveLength(passes)
  expect((memory[1] ?? Number.NaN) - (memory[0] ?? 0)).toBeLessThan(mostGrowthMb)
})
