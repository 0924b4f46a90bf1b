/** The built dashboard in Chromium around real calls: what a supervisor and an agent see, on a desk and on a phone. */
import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRest, signIn } from '../../server/client/index.ts'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { adminPassword, requireBuild, startServer } from '../process/server-process.ts'
import { watch } from '../process/watch.ts'
import { chromiumPath, enter, fits, openReader, picture, probe, shows, startBrowser } from './browser.ts'

beforeAll(requireBuild)

/** A number on a queue's row of the wallboard, by its label. */
function figure(page: Page, queue: string, label: string): Locator {
  const row = page.getByRole('listitem', { name: queue, exact: true })
  return row
    .locator('dl > div')
    .filter({ has: page.getByText(label, { exact: true }) })
    .locator('dd')
}

describe.skipIf(chromiumPath === null)(titled('the dashboard around calls', 'Chromium', chromiumPath), () => {
  it('shows a call from the queue to the wrap-up, to the supervisor and to the agent', async () => {
    const phone = await startPackagePhone(hosts.agent, { answers: 'when told' })
    const customer = await startPackagePhone(hosts.caller)
    const server = await startServer({
      folder: scratchFolder(),
      center: {
        queues: [{ id: 'support', name: 'Support', wrapUpMs: 60_000 }],
        agents: [
          {
            id: 'ada',
            name: 'Ada Byron',
            password: 'of-ada',
            contact: contactUri('ada', phone.host, phone.port),
            queues: ['support'],
          },
        ],
        numbers: [{ match: 'support', queue: 'support' }],
        trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
        agentPolicy: { notReadyReasons: ['Tea', 'Lunch'] },
      },
    })
    const browser = await startBrowser()

    const supervisor = await openReader(browser, server.url)
    const board = supervisor.page
    await enter(board, 'admin', 'guess')
    await shows(board.getByRole('alert')).toBe('User name or password is wrong.')
    await picture(board, 'wrong-password')
    await enter(board, 'admin', adminPassword)
    await shows(figure(board, 'Support', 'Waiting')).toMatch(/^0/)

    // Nobody is there: this one waits, and leaves.
    const impatient = await customer.call('support', server.address)
    await shows(figure(board, 'Support', 'Waiting')).toMatch(/^1/)
    await picture(board, 'wallboard-waiting')
    await board.getByRole('link', { name: 'Calls' }).click()
    const live = board.getByRole('region', { name: 'In progress' }).getByRole('row').filter({ hasText: 'Customer' })
    await shows(live).toMatch(/Waiting[\s\S]*\+442079460000[\s\S]*support[\s\S]*Support/)
    await picture(board, 'calls-waiting')
    expect(await impatient.hangUp()).toBe(200)
    const ended = board.getByRole('region', { name: 'Ended' }).getByRole('row')
    await shows(ended.nth(1)).toMatch(/Abandoned[\s\S]*Customer/)
    await shows(board.getByRole('region', { name: 'In progress' })).toContain('No call in progress')
    await board.getByRole('link', { name: 'Wallboard', exact: true }).click()
    await shows(figure(board, 'Support', 'Waiting')).toMatch(/^0/)
    await shows(figure(board, 'Support', 'Abandoned')).toBe('1')

    const agent = await openReader(browser, server.url)
    const desk = agent.page
    await enter(desk, 'ada', 'of-ada')
    await desk.getByRole('button', { name: 'Sign in and take calls' }).first().click()
    await shows(desk.locator('.desk-call')).toContain('Ready for the next call')
    await shows(figure(board, 'Support', 'Free')).toMatch(/^1/)

    const call = await customer.call('support', server.address)
    const pop = desk.getByRole('region', { name: 'The call' })
    await shows(pop).toContain('Your phone rings')
    await shows(pop).toMatch(/Customer\s+\+442079460000[\s\S]*Support[\s\S]*support/)
    await expect.poll(() => desk.title()).toBe('☎ Customer')
    await picture(desk, 'desk-ringing')
    await shows(figure(board, 'Support', 'Waiting')).toMatch(/^1\s+1 ringing/)
    await phone.answer()
    await shows(pop).toContain('Talking')
    await picture(desk, 'desk-talking')
    await shows(figure(board, 'Support', 'On call')).toBe('1')

    expect(await call.hangUp()).toBe(200)
    await desk.getByRole('region', { name: 'Wrap-up: Customer' }).waitFor()
    await shows(figure(board, 'Support', 'Wrap-up')).toBe('1')
    await desk.getByRole('combobox', { name: 'Result' }).fill('Resolved')
    await desk.getByLabel('Notes', { exact: true }).fill('Wanted to know the time.')
    await picture(desk, 'desk-wrap-up')
    await desk.getByRole('button', { name: 'Complete wrap-up' }).first().click()
    await shows(desk.locator('.desk-call')).toContain('Ready for the next call')
    await shows(figure(board, 'Support', 'Answered')).toBe('1')
    await shows(figure(board, 'Support', 'Free')).toMatch(/^1/)

    // The reasons are the center's, and those of now on a page that was opened before.
    const reasons = desk.getByRole('dialog', { name: 'Not ready' }).locator('.reasons')
    await desk.keyboard.press('n')
    await shows(reasons).toMatch(/^Tea\s*1\s*Lunch\s*2$/)
    await picture(desk, 'desk-reasons')
    await desk.keyboard.press('2')
    await shows(desk.locator('.own-reason')).toBe('Lunch')
    await board.getByRole('link', { name: 'Agents' }).click()
    await board.getByRole('button', { name: 'Actions for Ada Byron' }).click()
    await board.getByRole('menuitem', { name: 'Tea', exact: true }).click()
    await shows(desk.locator('.own-reason')).toBe('Tea')
    const { token } = await signIn(server.url, { username: 'admin', password: adminPassword })
    const { center } = createRest({ url: server.url, token })
    await center.patch({ agentPolicy: { notReadyReasons: ['Siesta'] } }, { ifMatch: (await center.read()).tag })
    await desk.keyboard.press('n')
    await shows(reasons).toMatch(/^Siesta\s*1$/)
    await desk.keyboard.press('1')
    await shows(desk.locator('.own-reason')).toBe('Siesta')

    await board.getByRole('link', { name: 'Calls' }).click()
    await shows(ended.nth(1)).toMatch(/Completed[\s\S]*Customer[\s\S]*Ada Byron/)
    await ended.nth(1).getByRole('link', { name: 'Customer' }).click()
    await shows(board.getByRole('region', { name: 'Details' })).toMatch(/Resolved\s+Wanted to know the time\./)
    await shows(board.getByRole('region', { name: 'What happened' })).toMatch(
      /Entered Support at place 1[\s\S]*Ada Byron’s phone rings[\s\S]*Ada Byron answered[\s\S]*Wrap-up done[^\n]*Resolved/,
    )
    const why = board.getByRole('region', { name: 'Why it went where it went' })
    await shows(why).toMatch(/Strategy longest-idle, place 1 of 1/)
    await shows(why.getByRole('row').filter({ hasText: 'Ada Byron' })).toContain('(chosen)')
    await picture(board, 'call')

    expect(supervisor.complaints()).toEqual([probe, probe])
    expect(agent.complaints()).toEqual([probe])
  })
})

describe.skipIf(chromiumPath === null)(titled('every page', 'Chromium', chromiumPath), () => {
  it('fits a desk and a phone, light and dark, while calls come and go', async () => {
    const server = await startServer({ folder: scratchFolder(), args: ['--demo'] })
    const { log } = await watch(server)
    const browser = await startBrowser()
    const adaPassword = /user name ada, password (\S+)/.exec(server.stdout())?.[1] ?? ''
    const [supervisor, agent] = [await openReader(browser, server.url), await openReader(browser, server.url)]
    await fits(supervisor.page, 'sign-in', 'Contact center')
    await enter(supervisor.page, 'admin', adminPassword)
    await enter(agent.page, 'ada', adaPassword)
    await agent.page.getByRole('button', { name: 'Sign in and take calls' }).first().click()
    const ended = await log.waitFor('call.ended', ({ ending }) => ending === 'completed', 120_000)
    const { callId } = ended.data

    const pages = [
      ['/', 'wallboard', 'Sales (demo)'],
      ['/agents', 'agents', 'Ada Byron'],
      ['/calls', 'calls', 'In progress'],
      [`/calls/${callId}`, 'call', 'Why it went where it went'],
      ['/staffing', 'staffing', 'How many agents does it take?'],
      ['/admin', 'admin', 'API keys'],
    ] as const
    for (const [path, name, words] of pages) {
      await supervisor.page.goto(`${server.url}${path}`)
      await fits(supervisor.page, `demo-${name}`, words)
    }
    await fits(agent.page, 'demo-desk', 'Available')
    expect(supervisor.complaints()).toEqual([probe])
    expect(agent.complaints()).toEqual([probe])
  })
})
