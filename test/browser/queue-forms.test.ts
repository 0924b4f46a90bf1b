/** Whom a queue rings, and what becomes of those whom it can't serve, set by form in Chromium; and the agents it is about. */
import { beforeAll, describe, expect, it } from 'vitest'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { requireBuild } from '../process/server-process.ts'
import { chromiumPath, looks, probe } from './browser.ts'
import { add, administrator, applied, begin, fill, open, pick, select, tile, toggle, unfold } from './forms.ts'

beforeAll(requireBuild)

const center = {
  queues: [{ id: 'support', name: 'Support' }, { id: 'sales' }],
  agents: [{ id: 'ada', name: 'Ada Byron', queues: ['support'], skills: { billing: 8 } }],
  hours: [{ id: 'office', emergency: 'open' as const }],
  mailboxes: [{ id: 'box' }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'carrier', addresses: [hosts.caller], host: '192.0.2.1' }],
  outbound: [{ prefix: '+44', trunk: 'carrier' }],
}

describe.skipIf(chromiumPath === null)(titled('the forms of queues and agents', 'Chromium', chromiumPath), () => {
  it('set whom a queue asks for, and what becomes of calls that it can’t serve', async () => {
    const customer = await startPackagePhone(hosts.caller)
    const { page, rest, address, complaints } = await administrator(center)

    await tile(page, 'Queues').click()
    await open(page, 'Queues', 'support')
    await select(page, 'strategy', 'progressive')
    await unfold(page, 'strategyOptions')
    await fill(page, 'strategyOptions.atOnce', '2')
    await fill(page, 'strategyOptions.addEveryMs', '3 s')
    await select(page, 'strategyOptions.count', 'center')
    await fill(page, 'requirements', 'billing >= 5')
    await add(page, 'steps')
    await fill(page, 'steps[0].expression', 'vip')
    await fill(page, 'steps[0].afterMs', '30 s')
    await unfold(page, 'aging', 'preferredAgents', 'missed', 'missed.noAnswer')
    await fill(page, 'aging.perMinute', '0.5')
    await fill(page, 'preferredAgents.busyWaitMs', '20 s')
    await fill(page, 'preferredAgents.offlineWaitMs', '5 s')
    await fill(page, 'missed.noAnswer.cooldownMs', '10 s')
    await fill(page, 'missed.noAnswer.toNotReady', '3')
    await fill(page, 'missed.growth', '2')
    await fill(page, 'missed.maxCooldownMs', '5 min')
    await fill(page, 'retryExclusionMs', '1 min')
    await add(page, 'recipes')
    await fill(page, 'recipes[0].name', 'hurry')
    await unfold(page, 'recipes[0].when', 'recipes[0].when.eligible', 'recipes[0].do')
    await fill(page, 'recipes[0].when.waitedMs', '1 min')
    await fill(page, 'recipes[0].when.eligible.atMost', '0')
    await add(page, 'recipes[0].do.removeSkills')
    await fill(page, 'recipes[0].do.removeSkills[0]', 'billing')
    await fill(page, 'recipes[0].do.raisePriority', '10')
    await unfold(page, 'admission', 'callback', 'callback.offer')
    await select(page, 'admission.noneSignedIn', 'reject')
    await fill(page, 'admission.noneSignedIn.reject', '480')
    await select(page, 'admission.allPaused', 'voicemail')
    await pick(page, 'admission.allPaused.voicemail', 'box')
    await select(page, 'admission.noneQualified', 'queue')
    await pick(page, 'admission.noneQualified.queue', 'sales')
    await select(page, 'full', 'queue')
    await pick(page, 'full.queue', 'sales')
    await pick(page, 'hours', 'office')
    await select(page, 'closed', 'voicemail')
    await pick(page, 'closed.voicemail', 'box')
    await select(page, 'callback.mode', 'customer-first')
    await page.getByRole('switch', { name: 'Offer: on' }).press(' ')
    await fill(page, 'callback.offer.key', '2')
    await add(page, 'callback.numbers')
    await fill(page, 'callback.numbers[0]', '+44')
    await toggle(page, 'callback.otherNumbers')
    await fill(page, 'callback.maxAttempts', '5')
    await fill(page, 'callback.retryMs', '10 min')
    await looks(page, 'queue-support')
    await applied(page)
    expect((await rest.center.entry('queues', 'support')).value).toMatchObject({
      strategy: 'progressive',
      strategyOptions: { atOnce: 2, addEveryMs: 3000, count: 'center', idleSince: 'ready' },
      requirements: 'billing >= 5',
      steps: [{ expression: 'vip', afterMs: 30_000 }],
      aging: { perMinute: 0.5, max: 100 },
      preferredAgents: { busyWaitMs: 20_000, offlineWaitMs: 5000 },
      missed: { noAnswer: { cooldownMs: 10_000, toNotReady: 3 }, growth: 2, maxCooldownMs: 300_000 },
      retryExclusionMs: 60_000,
      recipes: [
        {
          name: 'hurry',
          when: { waitedMs: 60_000, eligible: { atMost: 0 } },
          do: { removeSkills: ['billing'], raisePriority: 10 },
        },
      ],
      admission: { noneSignedIn: { reject: 480 }, allPaused: { voicemail: 'box' }, noneQualified: { queue: 'sales' } },
      full: { queue: 'sales' },
      hours: 'office',
      closed: { voicemail: 'box' },
      callback: {
        mode: 'customer-first',
        offer: { key: '2', afterMs: 30_000, everyMs: 60_000 },
        numbers: ['+44'],
        otherNumbers: false,
        maxAttempts: 5,
        retryMs: 600_000,
      },
    })
    // Nobody is signed in.
    await expect(customer.call('support', address)).rejects.toThrow(/^480/)

    await open(page, 'Queues', 'sales')
    await fill(page, 'requirements', 'lang.en and sales')
    await add(page, 'bullseye')
    await fill(page, 'bullseye[0].timeoutMs', '15 s')
    await add(page, 'bullseye[0].removeSkills')
    await fill(page, 'bullseye[0].removeSkills[0]', 'sales')
    await add(page, 'bullseye')
    await fill(page, 'bullseye[1].timeoutMs', '20 s')
    await page.getByRole('button', { name: 'Move ring 2 up' }).click()
    await applied(page)
    expect((await rest.center.entry('queues', 'sales')).value).toMatchObject({
      requirements: 'lang.en and sales',
      bullseye: [
        { timeoutMs: 20_000, removeSkills: [] },
        { timeoutMs: 15_000, removeSkills: ['sales'] },
      ],
    })
    expect(complaints()).toEqual([probe])
  })

  it('set a device, what holds for an agent in each queue, and what all agents are held to', async () => {
    const { page, rest, complaints } = await administrator(center)
    await tile(page, 'Devices').click()
    await begin(page, 'Devices')
    const device = { id: 'desk1', name: 'Front desk', contact: 'sip:desk1@127.0.0.3:5090' }
    for (const [key, text] of Object.entries(device)) await fill(page, key, text)
    await select(page, 'autoAnswer', 'call-info')
    await toggle(page, 'zipTone')
    await applied(page)
    expect(await rest.center.list('devices')).toEqual([
      { ...device, nat: false, autoAnswer: 'call-info', zipTone: true },
    ])

    await open(page, 'Agents', 'ada')
    await unfold(page, 'queues[0].more')
    await fill(page, 'queues[0].priority', '2')
    await fill(page, 'queues[0].delayMs', '30 s')
    await fill(page, 'queues[0].weight', '3')
    await add(page, 'queues')
    await pick(page, 'queues[1].id', 'sales')
    await unfold(page, 'queues[1].more')
    await toggle(page, 'queues[1].signedIn')
    await pick(page, 'devices', 'Front desk (desk1)')
    await select(page, 'ring', 'all')
    await looks(page, 'agent-memberships')
    await applied(page)
    expect((await rest.center.entry('agents', 'ada')).value).toMatchObject({
      queues: [
        { id: 'support', priority: 2, delayMs: 30_000, weight: 3, signedIn: true },
        { id: 'sales', priority: 1, delayMs: 0, weight: 1, signedIn: false },
      ],
      devices: ['desk1'],
      ring: 'all',
      skills: { billing: 8 },
    })
    expect(await rest.agent('ada')).toMatchObject({
      queues: ['support'],
      queuesLeft: ['sales'],
      devices: [device.contact],
    })

    const settings = page.getByRole('navigation', { name: 'Administration' })
    await settings.getByRole('link', { name: 'Agent policy' }).click()
    await unfold(page, 'missed', 'missed.declined', 'liveness', 'hotDesk')
    await fill(page, 'missed.declined.toNotReady', '1')
    await fill(page, 'liveness.notReadyAfterMs', '1 min')
    await toggle(page, 'liveness.desk')
    await fill(page, 'liveness.deskGraceMs', '45 s')
    await select(page, 'liveness.back', 'notReady')
    await select(page, 'hotDesk.occupied', 'takeOver')
    await applied(page)
    expect((await rest.center.read()).value.agentPolicy).toMatchObject({
      missed: { declined: { toNotReady: 1 } },
      liveness: { notReadyAfterMs: 60_000, desk: true, deskGraceMs: 45_000, back: 'notReady' },
      hotDesk: { occupied: 'takeOver', elsewhere: 'move' },
    })
    await looks(page, 'agent-policy')
    expect(complaints()).toEqual([probe])
  })
})
