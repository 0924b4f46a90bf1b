/**
 * Longer than a build can wait: mutated messages at the door, as many as asked for, and mutated calls against a whole engine, with
 * any seed.
 *
 *     npm run fuzz -- --messages 1000000 --seed 7 [--calls 100000]
 *
 * `--calls` is how many mutated messages there are of calls; a tenth of the others unless told. It fails on a fault, on anything left
 * behind, if a message costs more than 50 ms of CPU (SIP.md §2 row 2), and if memory grows by 16 MB after the first tenth (row 3).
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../../engine/b2bua/testing/fuzz.ts'
import { createCollector } from '../bench/garbage.ts'
import { type CallPlateau, fuzzCalls } from './call-fuzz.ts'
import { cpuMsOf, memoryMb, mostGrowthMb, mostMessageMs } from './costs.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    calls: { type: 'string' },
  },
})
const messages = Number(values.messages)
const seed = Number(values.seed)
const callMessages = values.calls === undefined ? Math.ceil(messages / 10) : Number(values.calls)
if (![messages, callMessages].every(count => Number.isSafeInteger(count) && count > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('--messages, --calls and --seed are whole numbers\n')
  process.exit(2)
}

const collectGarbage = createCollector()

/** Looks at what a fuzz costs: the dearest message, and what memory is left at each tenth. */
class Costs {
  slowestMs = 0
  readonly #tenth: number
  readonly #memoryMb: number[] = []
  #next: number

  constructor(count: number) {
    this.#tenth = Math.ceil(count / 10)
    this.#next = this.#tenth
  }

  /** Of the first tenth is forgiven what is only made once. */
  get grownMb(): number {
    return (this.#memoryMb.at(-1) ?? 0) - (this.#memoryMb[0] ?? 0)
  }

  take(act: () => void): void {
    this.slowestMs = Math.max(this.slowestMs, cpuMsOf(act))
  }

  look(sent: number): void {
    if (sent < this.#next) return
    this.#next += this.#tenth
    this.#memoryMb.push(memoryMb(collectGarbage))
    process.stdout.write(`${sent} messages, ${this.#memoryMb.at(-1)?.toFixed(1)} MB\n`)
  }

  get isSound(): boolean {
    return this.grownMb < mostGrowthMb && this.slowestMs <= mostMessageMs
  }

  toString(): string {
    return `the most expensive message: ${this.slowestMs.toFixed(1)} ms of CPU; memory grew by ${this.grownMb.toFixed(1)} MB`
  }
}

function tell(lines: readonly string[], faults: readonly unknown[], unreadable: readonly string[]): void {
  const text = [
    ...lines,
    `faults: ${faults.length}; answers that nobody can read: ${unreadable.length}`,
    ...faults.slice(0, 5).map(fault => (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))),
    ...unreadable.slice(0, 5),
    '',
  ]
  process.stdout.write(`${text.join('\n')}\n`)
}

async function atTheDoor(): Promise<boolean> {
  const costs = new Costs(messages)
  const startedAt = performance.now()
  const report = await fuzz({
    messages,
    seed,
    around: send => costs.take(send),
    onProgress: sent => costs.look(sent),
  })
  const { faults, unreadable, plateaus } = report
  const uneven = plateaus.filter(plateau => JSON.stringify(plateau) !== JSON.stringify(plateaus[0]))
  const left = plateaus.at(-1)
  tell(
    [
      `${messages} messages at the door, seed ${seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`,
      `OPTIONS answered: ${report.answered} of ${report.asked}`,
      `calls that began: ${report.calls}; registrations: ${report.registered}`,
      `left behind: ${JSON.stringify(left)}; plateaus that differ: ${uneven.length} of ${plateaus.length}`,
      String(costs),
    ],
    faults,
    unreadable,
  )
  const isClean = faults.length + unreadable.length + uneven.length === 0 && report.answered === report.asked
  return isClean && costs.isSound && left?.dialogs === 0 && left.transactions === 0
}

async function inCalls(): Promise<boolean> {
  const costs = new Costs(callMessages)
  const startedAt = performance.now()
  const report = await fuzzCalls({
    messages: callMessages,
    seed,
    around: take => costs.take(take),
    onProgress: sent => costs.look(sent),
  })
  const { faults, unreadable, plateaus, reached } = report
  const anything = ({ ...plateau }: CallPlateau) => Object.values(plateau).some(count => count !== 0)
  const left = plateaus.filter(anything)
  const steps = ['call.arrived', 'call.connected', 'call.transferred', 'call.outside_dialled', '202', '488', '491']
  tell(
    [
      `${report.messages} messages of calls, seed ${seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`,
      `reached: ${steps.map(step => `${step} ${reached[step] ?? 0}`).join(', ')}`,
      `plateaus with something left: ${left.length} of ${plateaus.length} ${JSON.stringify(left.slice(0, 3))}`,
      String(costs),
    ],
    faults,
    unreadable,
  )
  return faults.length + unreadable.length + left.length === 0 && costs.isSound
}

const sound = [await atTheDoor(), await inCalls()]
process.exitCode = sound.every(each => each) ? 0 : 1
