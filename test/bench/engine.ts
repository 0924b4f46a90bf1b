/**
 * `npm run bench:engine`: what a queue call costs the engine alone: parser to machines to journal, on a network that
 * is a function call and a store that forgets. No socket, no database, no peer's turn: the figure is steady enough to
 * compare two commits on a busy machine.
 *
 *   npm run bench:engine -- [--calls 1000] [--rounds 8] [--agents 200] [--at-once 20]
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { createEngine } from '../../engine/engine.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { noLoad } from '../../engine/ports/load.ts'
import { createForgetfulStore } from '../../engine/simulation/forgetful-store.ts'
import { createScriptedNetwork } from './scripted-network.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '8' },
    agents: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '20' },
  },
})
// As the server does (server/main.ts).
setFlagsFromString('--no-allocation-site-pretenuring')
const perRound = Number(values.calls)
const network = createScriptedNetwork()
const engine = createEngine({
  network,
  store: createForgetfulStore(),
  // It runs as fast as it can, which is what an overloaded engine looks like.
  load: noLoad,
  logger: silentLogger,
  sip: { listen: ['udp://10.0.0.1:5060'] },
  center: {
    queues: [{ id: 'bench', answer: 'with-agent', wrapUpMs: 0, offerCooldownMs: 0, maxWaiting: 100_000 }],
    agents: Array.from({ length: Number(values.agents) }, (_, i) => ({
      id: `a${i}`,
      contact: `sip:a${i}@10.0.0.3:5060`,
      queues: ['bench'],
      alwaysAvailable: true,
    })),
    numbers: [{ match: 'bench', queue: 'bench' }],
    trunks: [{ id: 'callers', addresses: ['10.0.0.2/32'] }],
    media: { mode: 'direct' },
  },
})
await engine.start()
console.log(
  `Node ${process.version}, ${values.agents} agents, ${perRound} calls a round\n round  CPU-us/call  answered`,
)
const figures: number[] = []
for (let round = 1; round <= Number(values.rounds); round++) {
  const before = process.cpuUsage()
  const answered = await network.playCalls(perRound, Number(values['at-once']))
  const { user, system } = process.cpuUsage(before)
  figures.push((user + system) / perRound)
  console.log(String(round).padStart(6), figures.at(-1)?.toFixed(0).padStart(12), String(answered).padStart(9))
}
console.log(`least ${Math.min(...figures).toFixed(0)} us`)
await engine.stop()
process.exit(0)
