/**
 * A process with an engine that calls back, and says what it does about that, one event a line. It is meant to be killed.
 * Arguments: database URL, SIP port, center as JSON. Output: `ready`, then `{ type, time, data }` per event.
 */
import { openDatabase } from '../../db/index.ts'
import { createEngine } from '../../engine/index.ts'
import { silentLogger } from '../contract/rigs.ts'
import { hosts } from '../peers/loopback.ts'

const [url = '', port = '', center = '{}'] = process.argv.slice(2)
const { store } = await openDatabase(url, { tenant: 'default', logger: silentLogger })
const engine = createEngine({
  store,
  center: JSON.parse(center),
  sip: { listen: [`udp://${hosts.engine}:${port}`] },
  rtp: { minPort: 40_000, maxPort: 49_998 },
})
engine.onAny(({ type, time, data }) => {
  if (type.startsWith('callback.') || type === 'call.queued')
    process.stdout.write(`${JSON.stringify({ type, time, data })}\n`)
})
await engine.start()
process.stdout.write('ready\n')
