/**
 * A process with an engine that takes messages, and says which recording has begun. It is meant to be killed.
 * Arguments: database URL, folder of recordings, SIP port. Output: `ready`, then an id per recording.
 */
import { openDatabase } from '../../db/index.ts'
import { createEngine } from '../../engine/index.ts'
import { silentLogger } from '../contract/rigs.ts'
import { hosts } from '../peers/loopback.ts'
import { mailboxCenter } from './mailbox-center.ts'

const [url = '', folder = '', port = ''] = process.argv.slice(2)
const { store } = await openDatabase(url, { tenant: 'default', logger: silentLogger })
const engine = createEngine({
  store,
  recordings: { folder },
  center: mailboxCenter,
  sip: { listen: [`udp://${hosts.engine}:${port}`] },
  rtp: { minPort: 40_000, maxPort: 49_998 },
})
engine.on('recording.started', ({ data }) => process.stdout.write(`${data.recordingId}\n`))
await engine.start()
process.stdout.write('ready\n')
