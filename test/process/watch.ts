/** Everything that a server tells its subscribers, written down: our own client on every topic. */
import { onTestFinished } from 'vitest'
import type { AnyEvent } from '../../engine/index.ts'
import { connect, signIn } from '../../server/client/index.ts'
import { EventLog } from '../peers/event-log.ts'
import { adminPassword, type ServerProcess } from './server-process.ts'

/** Signs in as administrator and listens; resolves when what happens from now on is heard. */
export async function watch({ url }: Pick<ServerProcess, 'url'>) {
  const { token } = await signIn(url, { username: 'admin', password: adminPassword })
  const center = connect({ url, token })
  onTestFinished(() => center.close())
  const log = new EventLog()
  const told: AnyEvent[] = []
  center.onAny(event => {
    told.push(event)
    log.add(event)
  })
  await new Promise<void>((resolve, reject) => {
    center.onStatus(status => {
      if (status.state === 'live') resolve()
      if (status.state === 'refused') reject(new Error(status.message))
    })
  })
  return { token, log, told, rest: center.rest, close: () => center.close() }
}

/** The whole journal, page by page. */
export async function readJournal(rest: Awaited<ReturnType<typeof watch>>['rest']): Promise<AnyEvent[]> {
  const events: AnyEvent[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const page: Awaited<ReturnType<typeof rest.events>> = await rest.events({ after, limit: 20 })
    events.push(...page.items)
    after = page.next
  }
  return events
}
