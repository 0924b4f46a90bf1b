/** What happens to a call before it waits, set by form in Chromium: hours, mailbox, flow, number, block list; and in force. */
import { beforeAll, describe, expect, it } from 'vitest'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { requireBuild } from '../process/server-process.ts'
import { chromiumPath, looks, probe, shows } from './browser.ts'
import {
  add,
  administrator,
  applied,
  at,
  begin,
  fill,
  open,
  pick,
  refused,
  select,
  tile,
  toggle,
  unfold,
  wordsAt,
} from './forms.ts'

beforeAll(requireBuild)

const center = {
  queues: [{ id: 'support', name: 'Support' }],
  agents: [{ id: 'ada', name: 'Ada Byron', queues: ['support'] }],
  mailboxes: [{ id: 'box' }],
  hours: [{ id: 'always', emergency: 'open' as const }],
  flows: [{ id: 'greeting', steps: [{ say: 'welcome' }] }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
}

describe.skipIf(chromiumPath === null)(titled('the forms of intake', 'Chromium', chromiumPath), () => {
  it('set opening hours and a mailbox; what can’t be read is told at its field, and nothing typed is lost', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Opening hours').click()
    await begin(page, 'Opening hours')
    await fill(page, 'id', 'office')
    await fill(page, 'timeZone', 'Europe/Berlin')
    await select(page, 'emergency', 'open')
    await add(page, 'weekly')
    await pick(page, 'weekly[0].days', 'mon', 'tue')
    await fill(page, 'weekly[0].from', '9 o’clock')
    await add(page, 'exceptions')
    await fill(page, 'exceptions[0].date', '25.12.2026')
    await fill(page, 'exceptions[0].until', '2026-12-26')
    await fill(page, 'exceptions[0].name', 'Christmas')
    await add(page, 'exceptions')
    await fill(page, 'exceptions[1].date', '2026-12-31')
    await add(page, 'exceptions[1].open')
    await fill(page, 'exceptions[1].open[0].from', '09:00')
    await fill(page, 'exceptions[1].open[0].to', '12:30')
    expect(await refused(page)).toEqual(['weekly[0].from', 'weekly[0].to', 'exceptions[0].date'])
    await wordsAt(page, 'weekly[0].from').toContain('Allowed: text such as 09:30')
    await wordsAt(page, 'weekly[0].to').toContain('This has to be given')
    await wordsAt(page, 'exceptions[0].date').toContain('Allowed: text such as 2026-12-25')
    expect(await page.locator(':focus').getAttribute('data-path')).toBe('weekly[0].from')
    // As legible as the heading.
    const ink = (selector: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).color`)
    expect(await ink('.mantine-InputWrapper-error')).toBe(await ink('.refusal .level-bad'))
    await looks(page, 'intake-hours-refused')
    await fill(page, 'weekly[0].from', '09:00')
    await fill(page, 'weekly[0].to', '17:00')
    await fill(page, 'exceptions[0].date', '2026-12-25')
    await applied(page)
    expect((await rest.center.entry('hours', 'office')).value).toEqual({
      id: 'office',
      timeZone: 'Europe/Berlin',
      weekly: [{ days: ['mon', 'tue'], from: '09:00', to: '17:00' }],
      exceptions: [
        { date: '2026-12-25', until: '2026-12-26', name: 'Christmas', open: [] },
        { date: '2026-12-31', name: '', open: [{ from: '09:00', to: '12:30' }] },
      ],
      emergency: 'open',
    })

    await begin(page, 'Mailboxes')
    await fill(page, 'id', 'night')
    await add(page, 'greeting')
    await fill(page, 'greeting[0]', 'welcome')
    await toggle(page, 'beep')
    await fill(page, 'maxMs', '2 min')
    await pick(page, 'queues', 'Support (support)')
    await pick(page, 'agents', 'Ada Byron (ada)')
    await applied(page)
    expect((await rest.center.entry('mailboxes', 'night')).value).toMatchObject({
      greeting: 'welcome',
      beep: false,
      maxMs: 120_000,
      queues: ['support'],
      agents: ['ada'],
      maxMessages: 100,
    })
    await looks(page, 'intake-mailbox')
    expect(complaints().filter(line => !/status of 422/.test(line))).toEqual([probe])
  })

  it('set a menu: what is said, what is asked, and where each answer leads', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Flows').click()
    await begin(page, 'Flows')
    await fill(page, 'id', 'menu')
    for (const _ of ['say', 'gather', 'branch', 'people', 'message']) await add(page, 'steps')
    await fill(page, 'steps[3].id', 'people')
    await fill(page, 'steps[4].id', 'message')
    await select(page, 'steps[0]', 'say')
    await fill(page, 'steps[0].say[0]', 'welcome')
    await select(page, 'steps[1]', 'gather')
    await fill(page, 'steps[1].gather.into', '1st choice')
    await fill(page, 'steps[1].gather.tries', '2')
    await fill(page, 'steps[1].gather.timeoutMs', '4 s')
    await add(page, 'steps[1].gather.accept')
    await fill(page, 'steps[1].gather.accept[0]', '1')
    await add(page, 'steps[1].gather.accept')
    await fill(page, 'steps[1].gather.accept[1]', 'two')
    await pick(page, 'steps[1].gather.otherwise', 'people')
    await select(page, 'steps[2]', 'branch')
    await fill(page, 'steps[2].branch.on', 'choice')
    await add(page, 'steps[2].branch.cases', '1')
    await pick(page, 'steps[2].branch.cases.1', 'people')
    await add(page, 'steps[2].branch.cases', '2')
    await pick(page, 'steps[2].branch.cases.2', 'message')
    await select(page, 'steps[3]', 'enqueue')
    await unfold(page, 'steps[3].enqueue.more')
    await fill(page, 'steps[3].enqueue.priority', '5')
    await fill(page, 'steps[3].enqueue.requirements', 'billing >= 3')
    await add(page, 'steps[3].enqueue.preferredAgents')
    await pick(page, 'steps[3].enqueue.preferredAgents[0].agentId', 'Ada Byron (ada)')
    await unfold(page, 'steps[3].enqueue.preferredAgents[0].more')
    await fill(page, 'steps[3].enqueue.preferredAgents[0].score', '80')
    await select(page, 'steps[4]', 'voicemail')
    expect(await refused(page)).toEqual([
      'steps[1].gather.into',
      'steps[1].gather.accept[1]',
      'steps[3].enqueue.queue',
      'steps[4].voicemail',
    ])
    await wordsAt(page, 'steps[1].gather.into').toContain('Allowed: text such as choice')
    await wordsAt(page, 'steps[1].gather.accept[1]').toContain('Allowed: text such as 1')
    await wordsAt(page, 'steps[3].enqueue.queue').toContain('This has to be given')
    await wordsAt(page, 'steps[4].voicemail.mailbox').toContain('This has to be given')
    // All of them are shown where they belong, and none a second time.
    expect(await page.getByRole('alert').getByRole('row').count()).toBe(0)
    await looks(page, 'intake-flow-refused')
    expect(await at(page, 'steps[1].gather.into').inputValue()).toBe('1st choice')
    await fill(page, 'steps[1].gather.into', 'choice')
    await fill(page, 'steps[1].gather.accept[1]', '2')
    await pick(page, 'steps[3].enqueue.queue', 'Support (support)')
    await pick(page, 'steps[4].voicemail.mailbox', 'box')
    await applied(page)
    expect((await rest.center.entry('flows', 'menu')).value).toEqual({
      id: 'menu',
      steps: [
        { say: 'welcome' },
        {
          gather: {
            into: 'choice',
            digits: 1,
            min: 1,
            finishOn: '#',
            accept: ['1', '2'],
            bargeIn: true,
            timeoutMs: 4000,
            interDigitMs: 3000,
            tries: 2,
            otherwise: 'people',
          },
        },
        { branch: { on: 'choice', cases: { '1': 'people', '2': 'message' } } },
        {
          id: 'people',
          enqueue: {
            queue: 'support',
            priority: 5,
            requirements: 'billing >= 3',
            preferredAgents: [{ agentId: 'ada', score: 80 }],
          },
        },
        { id: 'message', voicemail: 'box' },
      ],
    })
    expect(complaints().filter(line => !/status of 422/.test(line))).toEqual([probe])
  })

  it('set where a number leads and who is not let in, and close the center by hand; calls obey', async () => {
    const customer = await startPackagePhone(hosts.caller)
    const { page, rest, url, token, address, complaints } = await administrator(center)
    await tile(page, 'Numbers').click()
    await open(page, 'Numbers', 'support')
    await pick(page, 'flow', 'greeting')
    await pick(page, 'hours', 'always')
    await select(page, 'closed', 'reject')
    await fill(page, 'closed.reject', '480')
    await fill(page, 'requirements', 'lang.en')
    await select(page, 'language', 'de')
    await applied(page)
    expect((await rest.center.entry('numbers', 'support')).value).toEqual({
      match: 'support',
      queue: 'support',
      flow: 'greeting',
      hours: 'always',
      closed: { reject: 480 },
      language: 'de',
      requirements: 'lang.en',
    })
    const call = await customer.call('support', address)
    expect(await call.hangUp()).toBe(200)

    // Closed by hand, whatever the calendar says, until that is taken back.
    await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Opening hours' }).click()
    const now = page.getByRole('region', { name: 'Now' }).getByRole('row').filter({ hasText: 'always' })
    await shows(now).toContain('Open by the definition')
    await now.getByRole('button', { name: 'Close now' }).click()
    const dialog = page.getByRole('dialog', { name: 'Close always now' })
    await dialog.getByLabel('For how long').fill('soon')
    await shows(dialog).toContain('A length of time, at most a year')
    await dialog.getByLabel('For how long').fill('')
    await dialog.getByLabel('Reason').fill('Fire drill')
    await looks(page, 'intake-hours-closing')
    await dialog.getByRole('button', { name: 'Close now' }).click()
    await shows(now).toContain('Closed by admin')
    const headers = { authorization: `Bearer ${token}` }
    const held = async () => (await fetch(`${url}/api/v1/hours/always`, { headers })).json()
    expect(await held()).toMatchObject({
      open: false,
      override: { state: 'closed', actor: 'user:admin', until: null, reason: 'Fire drill' },
    })
    await expect(customer.call('support', address)).rejects.toThrow(/^480/)
    await looks(page, 'intake-hours')
    await now.getByRole('button', { name: 'As planned' }).click()
    await shows(now).toContain('Open by the definition')
    expect(await held()).toMatchObject({ open: true, override: null })

    await begin(page, 'Block list')
    await fill(page, 'match', '+442079460*')
    await select(page, 'to', 'reject')
    await fill(page, 'to.reject', '486')
    await fill(page, 'note', 'Rings at night')
    await applied(page)
    expect(await rest.center.list('blocked')).toEqual([
      { match: '+442079460*', to: { reject: 486 }, note: 'Rings at night' },
    ])
    await expect(customer.call('support', address)).rejects.toThrow(/^486/)
    await looks(page, 'intake-blocked')
    expect(complaints()).toEqual([probe])
  })
})
