/** Phones with a name in place of an address: found again after the DNS has failed, followed when they move, and by several servers. */
import { describe, expect, it } from 'vitest'
import { createTestCenter } from '../calls/testing/test-center.ts'
import { createStage, present } from '../sip/testing/stage.ts'
import { FixedContacts } from './fixed-contacts.ts'

const name = 'phone.example.com'
const contact = `sip:ada@${name}:5070`

async function setUp() {
  const stage = await createStage()
  const { userAgent, network, clock } = stage
  const changes: string[] = []
  const contacts = new FixedContacts({
    userAgent,
    clock,
    logger: userAgent.options.logger,
    onChange: accountId => changes.push(accountId),
  })
  const move = (...addresses: string[]) => network.setAddresses(name, addresses)
  const ring = () => contacts.wayTo('ada')?.flow.remote.host ?? null
  const owner = (host: string) => contacts.ownerOf(present(userAgent.flowTo(`sip:${host}:5070`)))
  const begin = async () => {
    contacts.configure([['ada', contact]], 3_000)
    await clock.advanceAsync(0)
  }
  return { ...stage, contacts, changes, move, ring, owner, begin }
}

describe('a contact by name', () => {
  it('that could not be found is asked for again, unasked, and told when it is there', async () => {
    const { begin, clock, changes, move, ring, owner } = await setUp()
    await begin()
    expect([ring(), changes]).toEqual([null, []])
    move('10.0.0.7')
    await clock.advanceAsync(45_000)
    expect(changes).toEqual(['ada'])
    expect([ring(), owner('10.0.0.7')]).toEqual(['10.0.0.7', 'ada'])
  })

  it('is followed where it moves', async () => {
    const { begin, clock, changes, move, ring, owner } = await setUp()
    move('10.0.0.7')
    await begin()
    expect(ring()).toBe('10.0.0.7')
    move('10.0.0.8')
    await clock.advanceAsync(3_600_000)
    expect([ring(), owner('10.0.0.7'), owner('10.0.0.8')]).toEqual(['10.0.0.8', null, 'ada'])
    // It was there all the time.
    expect(changes).toEqual(['ada'])
  })

  it('leads nowhere, and that is told, when its name is taken away', async () => {
    const { begin, clock, changes, move, ring } = await setUp()
    move('10.0.0.7')
    await begin()
    move()
    await clock.advanceAsync(3_700_000)
    expect([ring(), changes]).toEqual([null, ['ada', 'ada']])
  })

  it('has the further servers to go to', async () => {
    const { begin, contacts, move } = await setUp()
    move('10.0.0.7', '10.0.0.8')
    await begin()
    const route = contacts.wayTo('ada')?.route
    expect(route?.ways.map(way => way.flow()?.remote.host)).toEqual(['10.0.0.7', '10.0.0.8'])
    expect(route?.failoverMs).toBe(3_000)
  })

  it('leaves no timer behind, nor does one by address begin any', async () => {
    const { begin, contacts, clock } = await setUp()
    await begin()
    contacts.configure([['bob', 'sip:bob@10.0.0.2']], 3_000)
    expect(clock.pending).toBe(0)
    await begin()
    contacts.stop()
    expect(clock.pending).toBe(0)
  })
})

describe('a call to an agent whose contact is a name', () => {
  it('goes to the next server when the first is silent', async () => {
    const { world, told, stop } = await createTestCenter({
      queues: [{ id: 'support', wrapUpMs: 0 }],
      agents: [
        { id: 'ada', contact: `sip:ada@${name}`, queues: ['support'], alwaysAvailable: true },
        { id: 'bob', queues: [] },
      ],
      numbers: [{ match: 'support', queue: 'support' }],
      media: { timeoutMs: 0 },
    })
    // Bob's phone is where the second server leads.
    const there = world.engine.center().agents.find(({ id }) => id === 'bob')?.contact ?? ''
    world.network.setAddresses(name, ['10.9.9.9', /@([0-9.]+)/.exec(there)?.[1] ?? ''])
    await world.run(60_000)
    await world.call('support', { patienceMs: 60_000, talkMs: 5_000, talkFrom: 'join' })
    await world.run(10_000)
    expect(told('offer.accepted')).toHaveLength(1)
    await stop()
  })
})
