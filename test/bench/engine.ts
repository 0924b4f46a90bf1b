/**
 * `npm run bench:engine`: what a queue call costs the engine alone: parser to machines to journal, on a network that
 * is a function call and a store that forgets. No socket, no database, no peer's turn: the figure is steady enough to
 * compare two commits on a busy machine.
 *
 *   npm run bench:engine -- [--calls 1000] [--rounds 8] [--agents 200] [--at-once 20] [--agents-elsewhere 0]
 *                           [--waiting 0] [--waiting-elsewhere 0]
 *   npm run bench:engine -- [--flat-waiting 10,1000,10000] [--flat-agents 10,500,5000]
 *
 * The second form shows whether the cost grows with the calls that wait, and with the agents that there are.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { type EnginePoint, measureEngine } from './engine-point.ts'
import { flatSeries, numbersOf, type Surroundings } from './flat.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '8' },
    agents: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '20' },
    'agents-elsewhere': { type: 'string', default: '0' },
    waiting: { type: 'string', default: '0' },
    'waiting-elsewhere': { type: 'string', default: '0' },
    'flat-waiting': { type: 'string', default: '' },
    'flat-agents': { type: 'string', default: '' },
  },
})
/** Of a point: until the code is warm, and those that count. The mean of many, because collections are part of the price. */
const flat = { warmUp: 10, rounds: 20, callsEach: 1_000, atOnce: 8 }
// As the server does (server/main.ts).
setFlagsFromString('--no-allocation-site-pretenuring')

async function measurePoint(surroundings: Surroundings): Promise<number> {
  const { warmUp, rounds, ...how } = flat
  const workerData: EnginePoint = { ...surroundings, ...how, rounds: warmUp + rounds }
  const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData })
  const [figures] = (await once(worker, 'message')) as [readonly number[]]
  await worker.terminate()
  return figures.slice(warmUp).reduce((sum, micros) => sum + micros, 0) / rounds
}

async function showFlat(): Promise<void> {
  console.log(`Node ${process.version}, mean of ${flat.rounds * flat.callsEach} calls`)
  for (const { name, points } of flatSeries(numbersOf(values['flat-waiting']), numbersOf(values['flat-agents']))) {
    console.log(`\n${name}\n others  CPU-us/call`)
    for (const { others, surroundings } of points) {
      const micros = await measurePoint(surroundings)
      console.log(String(others).padStart(7), micros.toFixed(0).padStart(12))
    }
  }
}

async function showRounds(): Promise<void> {
  const [callsEach, agents] = [Number(values.calls), Number(values.agents)]
  console.log(`Node ${process.version}, ${agents} agents, ${callsEach} calls a round\n round  CPU-us/call  answered`)
  const figures = await measureEngine({
    ...{ rounds: Number(values.rounds), callsEach, atOnce: Number(values['at-once']) },
    ...{ agents, agentsElsewhere: Number(values['agents-elsewhere']) },
    ...{ waiting: Number(values.waiting), waitingElsewhere: Number(values['waiting-elsewhere']) },
    onRound(round, micros, answered) {
      console.log(String(round).padStart(6), micros.toFixed(0).padStart(12), String(answered).padStart(9))
    },
  })
  console.log(`least ${Math.min(...figures).toFixed(0)} us`)
}

await (values['flat-waiting'] + values['flat-agents'] === '' ? showRounds() : showFlat())
process.exit(0)
