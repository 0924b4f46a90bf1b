/**
 * A process that appends to a store for ever and says after each commit how far it is. It is meant to be killed.
 * Arguments: the database URL. Output: `open`, then a cursor per line.
 */
import { callEvent, idOf } from './records.ts'
import { databaseOf } from './rigs.ts'

const { store } = await databaseOf(process.argv[2] ?? '')
const head = await store.open()
process.stdout.write('open\n')
for (let cursor = head.cursor + 1; ; cursor += 3) {
  const events = [0, 1, 2].map(offset => callEvent({ cursor: cursor + offset }, idOf(cursor)))
  await store.append({ events, checkpoints: [{ kind: 'call', id: 'latest', state: { cursor: cursor + 2 } }] })
  process.stdout.write(`${cursor + 2}\n`)
}
