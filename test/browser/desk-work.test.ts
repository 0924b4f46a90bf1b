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

/** What Chromium itself says about the one callback that is refused. */
const denied =
  'Failed to load resource: the server responded with a status of 403 (Forbidden) /api/v1/queues/support/callbacks'

describe.skipIf(chromiumPath === null)(titled('work on the desk', 'Chromium', chromiumPath), () => {
  it('chooses a phone, joins and leaves queues, has more time for a wrap-up; and callbacks are asked for and taken back', async () => {
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
    // The form is there before the desk has read how often there may be more: without a button it says nothing yet.
    await more.click()
    const gained = async () => Date.parse((await rest.agent('ada')).deadline ?? '') - Date.parse(deadline ?? '')
    await expect.poll(gained).toBe(90_000)
    await more.waitFor({ state: 'detached' })
    expect((await rest.agent('ada')).wrapUp).toMatchObject({ extensionsLeft: 0 })
    await looks(desk, 'desk-wrap-up-extended')
    await desk.getByRole('button', { name: 'Complete wrap-up' }).first().click()
    await log.waitFor('call.wrapup_completed')

    // The phone is left again.
    await own.selectOption('')
    await expect.poll(ada).toMatchObject({ acting: null, endpoint: 'unreachable' })

    // Nobody waits to be called back. The supervisor asks for two who are to be, and takes one of them back.
    const supervisor = await openReader(browser, server.url)
    const board = supervisor.page
    await enter(board, 'admin', adminPassword)
    const row = board.getByRole('listitem', { name: 'Support', exact: true })
    const ask = () => row.getByRole('button', { name: 'New callback' }).click()
    const dialog = board.getByRole('dialog', { name: 'Call somebody back for Support' })
    const send = dialog.getByRole('button', { name: 'Call back', exact: true })
    await ask()
    expect(await send.isDisabled()).toBe(true)
    await dialog.getByLabel('Number').fill('+15550100')
    await dialog.getByLabel('Name').fill('Cole')
    await dialog.getByLabel('Not before').fill('2020-01-01T09:00')
    await shows(dialog).toContain('This time is past')
    await dialog.getByLabel('Not before').fill('')
    await send.click()
    await shows(dialog.getByRole('alert')).toBe(
      '+15550100 may not be called back: no rule permits it, or one forbids it',
    )
    await looks(board, 'wallboard-call-back')
    await dialog.getByLabel('Number').fill('+442079460001')
    expect(await dialog.getByRole('alert').count()).toBe(0)
    await send.click()
    await dialog.waitFor({ state: 'hidden' })
    await row.getByRole('button', { name: '1 callback', exact: true }).waitFor()
    await ask()
    await dialog.getByLabel('Number').fill('+442079460002')
    await dialog.getByLabel('Name').fill('Dee')
    await dialog.getByLabel('Priority').fill('0')
    await dialog.getByLabel('Number').press('Enter')
    await row.getByRole('button', { name: '2 callbacks' }).waitFor()
    await ask()
    await dialog.getByLabel('Number').fill('+442079460003')
    await dialog.getByLabel('Not before').fill('2090-01-02T09:00')
    await send.click()
    await row.getByRole('button', { name: '3 callbacks' }).waitFor()
    const list = row.getByRole('list', { name: 'Callbacks' }).getByRole('listitem')
    await shows(list.nth(0)).toMatch(/\+442079460001\s*Cole[\s\S]*1\. in line/)
    await shows(list.nth(1)).toMatch(/\+442079460002\s*Dee[\s\S]*2\. in line/)
    await shows(list.nth(2)).toMatch(/\+442079460003[\s\S]*called from 2 Jan, 09:00:00 on/)
    await looks(board, 'wallboard-callbacks')
    await board.getByRole('button', { name: 'Cancel the callback to +442079460001' }).click()
    await row.getByRole('button', { name: '2 callbacks' }).waitFor()
    const left = [/\+442079460002[\s\S]*1\. in line/, /\+442079460003/].map(one => expect.stringMatching(one))
    await expect.poll(() => list.allInnerTexts()).toEqual(left)
    expect((await rest.callbacks('support')).items).toMatchObject([
      { number: '+442079460002', name: 'Dee', position: 1, actor: 'user:admin' },
      { number: '+442079460003', name: null, nextAt: '2090-01-02T09:00:00.000Z' },
    ])

    // Agents see the board, and may neither ask for one nor look who waits.
    await desk.getByRole('link', { name: 'Wallboard', exact: true }).click()
    const seen = desk.getByRole('listitem', { name: 'Support', exact: true })
    await shows(seen).toContain('2 callbacks')
    expect(await seen.getByRole('button').count()).toBe(0)
    expect(supervisor.complaints()).toEqual([probe, denied])
    expect(agent.complaints()).toEqual([probe])
  })
})
