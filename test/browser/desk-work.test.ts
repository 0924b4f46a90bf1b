/** What agents do on the desk beside taking calls, and what a supervisor does about callbacks, in Chromium. */
import { beforeAll, describe, expect, it } from 'vitest'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { adminPassword, requireBuild, startServer } from '../process/server-process.ts'
import { watch } from '../process/watch.ts'
import { chromiumPath, enter, looks, openReader, probe, shows, startBrowser } from './browser.ts'

beforeAll(requireBuild)

describe.skipIf(chromiumPath === null)(titled('work on the desk', 'Chromium', chromiumPath), () => {
  it('chooses a phone, joins and leaves queues, has more time for a wrap-up; and callbacks are taken back', async () => {
    const phone = await startPackagePhone(hosts.agent, { answers: 'when told' })
    const customer = await startPackagePhone(hosts.caller)
    const server = await startServer({
      folder: scratchFolder(),
      center: {
        queues: [
          { id: 'support', name: 'Support' },
          { id: 'sales', name: 'Sales', wrapUpMs: 600_000, wrapUp: { extendMs: 90_000, maxExtensions: 1 } },
        ],
        agents: [
          {
            id: 'ada',
            name: 'Ada Byron',
            password: 'of-ada',
            queues: ['support', { id: 'sales', signedIn: false }],
          },
          { id: 'bob', name: 'Bob', queues: ['support'] },
        ],
        devices: [
          { id: 'front', name: 'Front desk', contact: contactUri('front', phone.host, phone.port) },
          { id: 'attic', name: 'Attic' },
        ],
        numbers: [{ match: 'sales', queue: 'sales' }],
        trunks: [{ id: 'carrier', addresses: [hosts.caller], host: `${customer.host}:${customer.port}` }],
        outbound: [{ prefix: '+44', trunk: 'carrier' }],
      },
    })
    const { rest, log } = await watch(server)
    const ada = async () => {
      const { acting, endpoint, queues, queuesLeft } = await rest.agent('ada')
      return { acting, endpoint, queues, queuesLeft }
    }
    const browser = await startBrowser()
    const agent = await openReader(browser, server.url)
    const desk = agent.page
    await enter(desk, 'ada', 'of-ada')
    await desk.getByRole('button', { name: 'Sign in and take calls' }).first().click()
    await shows(desk.getByRole('region', { name: 'Unreachable' })).toContain('Your phone isn’t connected')

    // She sits down at a phone that is nobody's; the one in the attic is not there.
    const own = desk.getByRole('combobox', { name: 'The phone that rings' })
    await expect
      .poll(() => own.locator('option').allInnerTexts())
      .toEqual(['None is connected', 'Your own (ada)', 'Front desk', 'Attic, not connected'])
    await own.selectOption('front')
    await expect
      .poll(ada)
      .toEqual({ acting: 'front', endpoint: 'reachable', queues: ['support'], queuesLeft: ['sales'] })
    await expect.poll(() => own.inputValue()).toBe('front')
    await shows(desk.locator('.desk-call')).toContain('Ready for the next call')

    // A call waits in a queue that she has not joined. It is hers when she does.
    const call = await customer.call('sales', server.address)
    await shows(desk.getByRole('region', { name: 'Your queues' })).toMatch(/Sales\s+1 waiting/)
    expect(phone.dialogs).toEqual([])
    const takes = (queue: string) => desk.getByRole('switch', { name: `Take calls of ${queue}` })
    await takes('Sales').press(' ')
    await phone.answer()
    await shows(desk.getByRole('region', { name: 'The call' })).toContain('Talking')
    expect((await ada()).queues.toSorted()).toEqual(['sales', 'support'])
    await takes('Support').press(' ')
    await expect.poll(ada).toMatchObject({ queues: ['sales'], queuesLeft: ['support'] })
    await looks(desk, 'desk-phone-and-queues')

    expect(await call.hangUp()).toBe(200)
    await desk.getByRole('region', { name: 'Wrap-up: Customer' }).waitFor()
    const { deadline } = await rest.agent('ada')
    const more = desk.getByRole('button', { name: '90 s more' })
    // Until it is heard: the form is drawn anew by the events of the call's end, and a click may fall between two of them.
    await expect
      .poll(async () => {
        if ((await more.count()) > 0) await more.click({ timeout: 2_000 }).catch(() => {})
        return more.count()
      })
      .toBe(0)
    const { deadline: later, wrapUp } = await rest.agent('ada')
    expect(Date.parse(later ?? '') - Date.parse(deadline ?? '')).toBe(90_000)
    expect(wrapUp).toMatchObject({ extensionsLeft: 0 })
    await looks(desk, 'desk-wrap-up-extended')
    await desk.getByRole('button', { name: 'Complete wrap-up' }).first().click()
    await log.waitFor('call.wrapup_completed')

    // The phone is left again.
    await own.selectOption('')
    await expect.poll(ada).toMatchObject({ acting: null, endpoint: 'unreachable' })

    // Two customers wait to be called back: the supervisor takes one of them back.
    for (const [number, name] of [['+442079460001', 'Cole'] as const, ['+442079460002', 'Dee'] as const])
      await rest.requestCallback('support', { number, name })
    const supervisor = await openReader(browser, server.url)
    const board = supervisor.page
    await enter(board, 'admin', adminPassword)
    const row = board.getByRole('listitem', { name: 'Support', exact: true })
    await row.getByRole('button', { name: '2 callbacks' }).click()
    const list = row.getByRole('list', { name: 'Callbacks' }).getByRole('listitem')
    await shows(list.nth(0)).toMatch(/\+442079460001\s*Cole[\s\S]*1\. in line/)
    await shows(list.nth(1)).toMatch(/\+442079460002\s*Dee[\s\S]*2\. in line/)
    await looks(board, 'wallboard-callbacks')
    await board.getByRole('button', { name: 'Cancel the callback to +442079460001' }).click()
    await row.getByRole('button', { name: '1 callback', exact: true }).waitFor()
    await expect.poll(() => list.allInnerTexts()).toEqual([expect.stringMatching(/\+442079460002[\s\S]*1\. in line/)])
    expect((await rest.callbacks('support')).items).toMatchObject([{ number: '+442079460002', position: 1 }])
    expect(supervisor.complaints()).toEqual([probe])
    expect(agent.complaints()).toEqual([probe])
  })
})
