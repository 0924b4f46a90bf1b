/** The administration in Chromium: settings changed by form, refused at their fields, overtaken by somebody else. */
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { signIn } from '../../server/client/index.ts'
import { titled } from '../peers/program.ts'
import { requireBuild } from '../process/server-process.ts'
import { chromiumPath, fits, picture, probe, shows } from './browser.ts'
import { administrator, apply, open, state, tile } from './forms.ts'

beforeAll(requireBuild)

const center = {
  queues: [
    { id: 'support', name: 'Support', hours: 'office', wrapUp: { dispositions: ['Solved', 'Call back'] } },
    { id: 'sales' },
  ],
  agents: [
    { id: 'ada', name: 'Ada Byron', password: 'of-ada', queues: ['support'], skills: { billing: 8, 'lang.en': true } },
    { id: 'bob', name: 'Bob Hope', queues: ['sales'] },
  ],
  hours: [{ id: 'office', weekly: [{ days: ['mon', 'tue'], from: '09:00', to: '17:00' }] }],
  flows: [
    {
      id: 'main',
      steps: [
        { hours: { check: 'office', closed: 'away' } },
        { gather: { into: 'choice', say: 'welcome', accept: ['1', '2'] } },
        { branch: { on: 'choice', cases: { '1': 'away' } } },
        { enqueue: { queue: 'support', priority: 5 } },
        { id: 'away', say: 'we-are-closed' },
        { hangup: true },
      ],
    },
  ],
  numbers: [{ match: '+4420*', flow: 'main', queue: 'support' }],
  trunks: [{ id: 'carrier', addresses: ['192.0.2.0/28'], host: 'sip.carrier.example' }],
} as const

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })

const choice = (page: Page, label: string) => page.getByRole('combobox', { name: label, exact: true })
const part = (page: Page, title: string) => page.locator('summary').filter({ hasText: title })

describe.skipIf(chromiumPath === null)(titled('the administration', 'Chromium', chromiumPath), () => {
  it('changes a queue by form, and it is in force', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Queues').click()
    await page.getByRole('link', { name: 'support', exact: true }).click()
    await shows(state(page)).toBe('As it is in force')

    await field(page, 'Strategy').selectOption('most-skilled')
    await field(page, 'Requirements').fill('billing >= 5')
    await field(page, 'Ring timeout').fill('1 min 20 s')
    await part(page, 'Announce').click()
    await page.getByRole('switch', { name: 'Position' }).press(' ')
    await page.getByRole('button', { name: 'Add rule' }).click()
    await field(page, 'After').fill('2 min')
    await choice(page, 'To').selectOption('queue')
    await choice(page, 'Queue').click()
    await page.getByRole('option', { name: 'sales' }).click()
    await part(page, 'Wrap up').click()
    await page.getByRole('button', { name: 'Move disposition 2 up' }).click()
    await shows(state(page)).toBe('6 changes not yet applied')

    // They are kept while the reader looks elsewhere, and said.
    await open(page, 'Agents', 'ada')
    await shows(page.getByRole('navigation', { name: 'Administration' })).toMatch(/Queues\s+not yet applied/)
    await open(page, 'Queues', 'support')
    await shows(state(page)).toBe('6 changes not yet applied')
    expect(await field(page, 'Requirements').inputValue()).toBe('billing >= 5')

    await field(page, 'Requirements').press('Control+s')
    await shows(state(page)).toBe('As it is in force')
    const { value } = await rest.center.entry('queues', 'support')
    expect(value).toMatchObject({
      strategy: 'most-skilled',
      requirements: 'billing >= 5',
      ringTimeoutMs: 80_000,
      announce: { position: true, everyMs: 30_000 },
      overflow: [{ afterMs: 120_000, to: { queue: 'sales' } }],
      hours: 'office',
      wrapUp: { dispositions: ['Call back', 'Solved'] },
    })

    await page.reload()
    await shows(state(page)).toBe('As it is in force')
    expect(await field(page, 'Strategy').inputValue()).toBe('most-skilled')
    expect(await field(page, 'Ring timeout').inputValue()).toBe('1 min 20 s')
    // What is by default is not written down.
    expect(await field(page, 'Offer cooldown').inputValue()).toBe('')
    expect(await field(page, 'Offer cooldown').getAttribute('placeholder')).toBe('5 s')
    await picture(page, 'administration-queue')
    expect(complaints()).toEqual([probe])
  })

  it('shows what is refused at its field, and what is needed elsewhere', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Queues').click()
    await open(page, 'Queues', 'support')
    await field(page, 'Requirements').fill('billing >=')
    await part(page, 'Callback').click()
    await field(page, 'Max attempts').fill('99')
    await part(page, 'Callback').click()
    await apply(page)
    await shows(page.getByRole('alert').first()).toMatch(/^Nothing was applied/)
    const attempts = page.locator('.mantine-TextInput-root').filter({ has: page.getByLabel('Max attempts') })
    // Of the wrong kind comes first: only what fits its schema can be looked at as a whole.
    await shows(attempts).toMatch(/Allowed: <= 20/)
    await picture(page, 'administration-refused')
    await field(page, 'Max attempts').fill('9')
    await apply(page)
    const requirements = page.locator('.mantine-TextInput-root').filter({ has: page.getByLabel('Requirements') })
    await shows(requirements).toMatch(/Allowed: an expression such as/)
    expect(await page.locator(':focus').getAttribute('data-path')).toBe('requirements')
    await page.getByRole('button', { name: 'Undo' }).click()
    await shows(state(page)).toBe('As it is in force')
    expect((await rest.center.entry('queues', 'support')).value.requirements).toBeNull()

    await open(page, 'Queues', 'sales')
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await shows(dialog).toMatch(/needed elsewhere[\s\S]*agents\["bob"\]\.queues\[0\]/)
    await dialog.getByRole('link', { name: 'agents["bob"].queues[0]' }).click()
    await page.getByRole('button', { name: 'Remove queue 1' }).click()
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    await open(page, 'Queues', 'sales')
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('heading', { level: 1, name: 'Queues' }).waitFor()
    expect((await rest.center.list('queues')).map(({ id }) => id)).toEqual(['support'])
    expect(complaints().filter(text => !/status of (409|422)/.test(text))).toEqual([probe])
  })

  it('tells of somebody else’s change, and loses neither', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Queues').click()
    await open(page, 'Queues', 'support')
    await field(page, 'Wrap-up time').fill('20 s')
    await field(page, 'Max waiting').fill('50')
    await rest.center.patchEntry('queues', 'support', { maxWaiting: 70, name: 'Helpdesk' })
    await apply(page)
    const conflict = page.getByRole('alert')
    await shows(conflict).toMatch(/Somebody else has changed this[\s\S]*maxWaiting[\s\S]*theirs: 70/)
    await picture(page, 'administration-conflict')
    expect(await field(page, 'Name').inputValue()).toBe('Helpdesk')
    expect(await field(page, 'Max waiting').inputValue()).toBe('50')
    await conflict.getByRole('button', { name: 'Take theirs' }).click()
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    const { value } = await rest.center.entry('queues', 'support')
    expect(value).toMatchObject({ wrapUpMs: 20_000, maxWaiting: 70, name: 'Helpdesk' })

    // The whole as text: nothing is overwritten unasked.
    await page.getByRole('link', { name: 'Definition' }).click()
    const text = page.getByRole('textbox', { name: 'Definition of the contact center, YAML' })
    await text.fill((await text.inputValue()).replace('timeZone: UTC', 'timeZone: Europe/Berlin'))
    await rest.center.patch({ media: { mode: 'direct' } })
    await apply(page)
    await shows(page.getByRole('alert')).toMatch(/Somebody else has changed this/)
    await page.getByRole('button', { name: 'Take theirs, drop mine' }).click()
    await expect.poll(() => text.inputValue()).toContain('mode: direct')
    expect((await rest.center.read()).value).toMatchObject({ timeZone: 'UTC', media: { mode: 'direct' } })
    expect(complaints().filter(line => !/status of 412/.test(line))).toEqual([probe])
  })

  it('makes entries, and takes an entry as text', async () => {
    const { page, url, rest, complaints } = await administrator(center)
    await tile(page, 'Agents').click()
    await page.getByRole('button', { name: 'New agent' }).click()
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('ada')
    await page.getByRole('textbox', { name: 'Password', exact: true }).fill('hidden')
    await page.getByRole('textbox', { name: 'Skills: name of a new one' }).fill('printers')
    await page.getByRole('textbox', { name: 'Skills: name of a new one' }).press('Enter')
    await page.getByRole('textbox', { name: 'skills.printers' }).fill('7')
    await apply(page)
    // That one there is already.
    await shows(page.getByRole('alert')).toMatch(/There is one already/)
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('carol')
    await apply(page)
    await page.getByRole('heading', { level: 1, name: 'Agent carol' }).waitFor()
    expect((await rest.center.entry('agents', 'carol')).value).toMatchObject({ skills: { printers: 7 }, queues: [] })
    expect((await signIn(url, { username: 'carol', password: 'hidden' })).role).toBe('agent')

    await page.getByText('YAML', { exact: true }).click()
    const text = page.getByRole('textbox', { name: 'The entry as YAML' })
    await expect.poll(() => text.inputValue()).toContain('printers: 7')
    await text.fill('id: carol\nname: Carol\nqueues: [support')
    await shows(page.locator('.entry-yaml')).toMatch(/Flow sequence/)
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await text.fill('id: carol\nname: Carol\nqueues: [support, { id: sales, delayMs: 30000 }]')
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    expect((await rest.center.entry('agents', 'carol')).value).toMatchObject({
      name: 'Carol',
      queues: ['support', { id: 'sales', delayMs: 30_000 }],
      skills: {},
    })
    expect(complaints().filter(line => !/status of 412/.test(line))).toEqual([probe])
  })

  it('puts agents into another order by keyboard, and nobody loses his password by that', async () => {
    const agents = [...center.agents, { id: 'cay', queues: ['sales'] }]
    const { page, url, rest, complaints } = await administrator({ ...center, agents })
    await tile(page, 'Agents').click()
    const move = (what: string) => page.getByRole('button', { name: `Move ${what}`, exact: true })
    const shownOrder = () => page.locator('.entry-table td.main a').allInnerTexts()
    const order = async () => (await rest.center.list('agents')).map(({ id }) => id)
    await expect.poll(shownOrder).toEqual(['ada', 'bob', 'cay'])
    await shows(page.locator('.admin-main')).toContain('The order says who goes first among equals')
    // Nothing happens beyond the end; the keyboard stays where it is.
    expect(await move('ada up').getAttribute('aria-disabled')).toBe('true')
    await move('ada down').focus()
    await page.keyboard.press('Enter')
    await expect.poll(shownOrder).toEqual(['bob', 'ada', 'cay'])
    const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? ""')
    await expect.poll(focused).toBe('Move ada down')
    await page.keyboard.press('Enter')
    await expect.poll(shownOrder).toEqual(['bob', 'cay', 'ada'])
    await page.keyboard.press('Enter')
    expect(await order()).toEqual(['bob', 'cay', 'ada'])
    expect((await signIn(url, { username: 'ada', password: 'of-ada' })).role).toBe('agent')
    expect((await rest.center.entry('agents', 'ada')).value).toMatchObject({ skills: { billing: 8, 'lang.en': true } })
    // What somebody else has done meanwhile stays.
    await rest.center.patchEntry('agents', 'bob', { name: 'Robert' })
    await move('cay up').click()
    await expect.poll(order).toEqual(['cay', 'bob', 'ada'])
    expect((await rest.center.entry('agents', 'bob')).value).toMatchObject({ name: 'Robert' })
    // Among those found a place says nothing.
    await page.getByRole('searchbox').fill('ada')
    await expect.poll(() => page.getByRole('button', { name: /^Move / }).count()).toBe(0)
    await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Numbers' }).click()
    await page.getByRole('heading', { level: 1, name: 'Numbers' }).waitFor()
    await expect.poll(() => page.getByRole('button', { name: /^Move / }).count()).toBe(0)
    expect(complaints()).toEqual([probe])
  })

  it('changes what belongs to no list, and brings back what somebody removed', async () => {
    const { page, url, rest, complaints } = await administrator(center)
    await page.goto(`${url}/admin/general`)
    await field(page, 'Country code').fill('44')
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    await page.goto(`${url}/admin/agentPolicy`)
    await part(page, 'Phone codes').click()
    await page.getByRole('switch', { name: 'Sign in: none' }).press(' ')
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    await shows(part(page, 'Phone codes')).toMatch(/sign in none/)
    expect((await rest.center.read()).value).toMatchObject({
      timeZone: 'UTC',
      countryCode: '44',
      agentPolicy: { phoneCodes: { signIn: null, signOut: '*12' } },
      queues: [{ id: 'support' }, { id: 'sales' }],
    })

    await open(page, 'Numbers', '+4420*')
    await field(page, 'Priority').fill('7')
    await rest.center.removeEntry('numbers', '+4420*')
    await apply(page)
    await shows(page.getByRole('alert')).toMatch(/Somebody else has removed this meanwhile/)
    await apply(page)
    await shows(state(page)).toBe('As it is in force')
    const { value } = await rest.center.entry('numbers', '+4420*')
    expect(value).toEqual({ match: '+4420*', flow: 'main', queue: 'support', priority: 7 })
    expect(complaints().filter(line => !/status of (404|412)/.test(line))).toEqual([probe])
  })

  it('fits a desk and a phone, light and dark', async () => {
    const { page, url, complaints } = await administrator(center)
    const pages = [
      ['/admin', 'Outbound limits'],
      ['/admin/queues', 'What differs from the defaults'],
      ['/admin/agents', 'The order says'],
      ['/admin/queues/support', 'Ring timeout'],
      ['/admin/agents/ada', 'billing'],
      ['/admin/flows/main', 'Goes on according to opening hours'],
      ['/admin/hours', 'office'],
      ['/admin/trunks/carrier', 'sip.carrier.example'],
      ['/admin/agentPolicy', 'Phone codes'],
      ['/admin/general', 'Country code'],
      ['/admin/new/blocked', 'Nothing filled in yet'],
      ['/admin/mailboxes', 'No mailboxes yet'],
      ['/admin/definition', 'Contact center'],
      ['/admin/keys', 'No API keys'],
      ['/admin/nothing', 'There is no such part'],
    ] as const
    for (const [path, words] of pages) {
      await page.goto(`${url}${path}`)
      // A field's value is no text of the page.
      await page.locator('h1, h2, .card').first().waitFor()
      await fits(
        page,
        `administration${path.replaceAll('/', '-')}`,
        words === 'sip.carrier.example' ? 'Transport' : words,
        1440,
      )
    }
    expect(complaints()).toEqual([probe])
  })
})
