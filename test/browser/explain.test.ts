/** The built dashboard in Chromium: why nobody rings, what each free agent lacks, and why a call came late and to whom. */
import { beforeAll, describe, expect, it } from 'vitest'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { adminPassword, requireBuild, startServer } from '../process/server-process.ts'
import { watch } from '../process/watch.ts'
import { chromiumPath, enter, fits, openReader, probe, shows, startBrowser } from './browser.ts'

beforeAll(requireBuild)

describe.skipIf(chromiumPath === null)(titled('the dashboard explains', 'Chromium', chromiumPath), () => {
  it('why nobody rings, why this agent, why not that one, and why so late', async () => {
    const phone = await startPackagePhone(hosts.agent, { answers: 'when told' })
    const customer = await startPackagePhone(hosts.caller)
    const contact = (id: string) => contactUri(id, phone.host, phone.port)
    const server = await startServer({
      folder: scratchFolder(),
      center: {
        queues: [{ id: 'support', name: 'Support', requirements: 'german >= 5', wrapUpMs: 0 }],
        agents: [
          { id: 'ada', name: 'Ada Byron', contact: contact('ada'), queues: ['support'], skills: { german: 8 } },
          { id: 'bob', name: 'Bob Tall', contact: contact('bob'), queues: ['support'], skills: { german: 2 } },
        ],
        numbers: [{ match: 'support', queue: 'support' }],
        trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
      },
    })
    const { log, rest } = await watch(server)
    await rest.setAgentSession('bob', { session: 'online', availability: 'available' })
    const call = await customer.call('support', server.address)
    const { data } = await log.waitFor('call.queued')

    const reader = await openReader(await startBrowser(), server.url)
    const { page } = reader
    await enter(page, 'admin', adminPassword)
    const row = page.getByRole('listitem', { name: 'Support', exact: true })
    await row.getByRole('button', { name: 'Why does nobody ring?' }).click()
    await shows(row).toMatch(/The free agent does not suit: it asks for german >= 5\./)
    await row.getByText('1 free agent, and what each lacks').click()
    await shows(row).toMatch(/Call 1\. in line[\s\S]*Bob Tall: german 2, needs at least 5/)
    await fits(page, 'why-nobody', 'Bob Tall: german 2', 1440)

    await page.goto(`${server.url}/calls/${data.callId}`)
    const why = page.getByRole('region', { name: 'Why it went where it went' })
    await shows(why).toMatch(/Waits because:[\s\S]*it asks for german >= 5/)
    await rest.setAgentSession('ada', { session: 'online', availability: 'available' })
    await shows(why).toMatch(/Ada Byron[\s\S]*ringing now/)
    await why.getByText('The wait, moment by moment').click()
    await shows(why).toMatch(/No agent who suits it and may have it was free for/)
    await shows(why).toMatch(/Offered to Ada Byron: longest idle/)
    await why.getByLabel('Why not …?').selectOption({ label: 'Bob Tall' })
    await shows(why).toMatch(/Was free, but kept from it: german: has 2, needs >= 5\./)
    await fits(page, 'explained-call', 'Was free, but kept from it', 1440)
    await phone.answer()
    await log.waitFor('call.connected')
    expect(await call.hangUp()).toBe(200)
    expect(reader.complaints()).toEqual([probe])
  })
})
