/**
 * A process with an engine that calls back, and says what it does about that, one event a line, once it is written down.
 * It is meant to be killed.
 * Arguments: database URL, SIP port, center as JSON. Output: `ready`, then `{ type, time, data }` per event.
 */
import { openDatabase } from '../../db/index.ts'
import { createEngine } from '../../engine/index.ts'
import { silentLogger } from '../contract/rigs.ts'
import { until } from '../peers/deadline.ts'
import { hosts } from '../peers/loopback.ts'

const [url = '', port = '', center = '{}'] = process.argv.slice(2)
const { store } = await openDatabase(url, { tenant: 'default', logger: silentLogger })
const engine = createEngine({
  store,
  center: JSON.parse(center),
  sip: { listen: [`udp://${hosts.engine}:${port}`] },
  rtp: { minPort: 40_000, maxPort: 49_998 },
})
let said: Promise<unknown> = Promise.resolve()
engine.onAny(({ type, time, data }) => {
  if (!type.startsWith('callback.') && type !== 'call.queued') return
  // An event whose writing takes long is told before it is written.
  said = said
    .then(() => until('all to be written', () => (engine.counters().journalBacklog === 0 ? true : null)))
    .then(() => process.stdout.write(`${JSON.stringify({ type, time, data })}\n`))
})
await engine.start()
process.stdout.write('ready\n')
