/** The built dashboard in Chromium: an agent calls somebody outside on the phone, and hands him on from the desk. */
import { beforeAll, describe, expect, it } from 'vitest'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { requireBuild, startServer } from '../process/server-process.ts'
import { watch } from '../process/watch.ts'
import { chromiumPath, enter, openReader, picture, probe, shows, startBrowser } from './browser.ts'

const number = '+442071234567'
const password = 'of-ada'

beforeAll(requireBuild)

describe.skipIf(chromiumPath === null || sippPath === null)(
  titled(titled('the desk of an agent who has called somebody', 'Chromium', chromiumPath), 'SIPp', sippPath),
  () => {
    it('shows the call, and hands it on', async () => {
      const outside = await sippAgent({ scenario: 'uas-answer', host: hosts.stranger })
      const bob = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
      const server = await startServer({
        folder: scratchFolder(),
        center: {
          agents: [
            { id: 'ada', name: 'Ada Byron', password },
            { id: 'bob', name: 'Bob', contact: contactUri('bob', bob.host, bob.port), alwaysAvailable: true },
          ],
          trunks: [{ id: 'carrier', host: `${outside.host}:${outside.port}` }],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
          sip: { digestAlgorithms: ['MD5'] },
        },
      })
      const { log, rest } = await watch(server)
      const browser = await startBrowser()
      const reader = await openReader(browser, server.url)
      const desk = reader.page
      await enter(desk, 'ada', password)
      await shows(desk.locator('body')).toContain('signed out')
      expect(await desk.getByRole('region', { name: 'Your own call' }).count()).toBe(0)

      const phone = await sippCaller({
        scenario: 'uac-agent-until-bye',
        host: hosts.agent,
        address: server.address,
        to: number,
        values: { user: 'ada', password },
        args: ['-auth_uri', `${number}@${server.address}`],
      })
      const own = desk.getByRole('region', { name: 'Your own call' })
      await shows(own).toContain(number)
      await picture(desk, 'desk-own-call')
      await own.getByRole('button', { name: 'Transfer' }).click()
      const dialog = desk.getByRole('dialog')
      await dialog.getByText('Agent', { exact: true }).click()
      await dialog.getByRole('textbox', { name: 'Agent’s id' }).fill('bob')
      await dialog.getByRole('button', { name: 'Transfer' }).click()

      const { data } = await log.waitFor('call.transferred', ({ to }) => to === 'agent:bob')
      await log.waitFor('call.connected', ({ agentId }) => agentId === 'bob')
      await expectSuccess(phone)
      await expect.poll(() => own.count()).toBe(0)
      await rest.hangup(data.callId)
      await expectSuccess(bob, outside)
      expect(reader.complaints()).toEqual([probe])
    })
  },
)
