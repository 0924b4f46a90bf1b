import { describe, expect, it } from 'vitest'
import { createTestClock, createTestIds } from '../simulation/index.ts'
import { type PopRequest, ScreenPops } from './screen-pops.ts'

function start() {
  const clock = createTestClock()
  const told: string[] = []
  const said: string[] = []
  const closed: string[] = []
  const pops = new ScreenPops({
    clock,
    ids: createTestIds(),
    urlTemplate: () => 'https://crm.example/?phone={ani.e164}&call={callId}&mood={attributes.mood}',
    emit(type, _popId, data) {
      told.push(type.slice('screenpop.'.length))
      if ('result' in data) said.push(`${data.result} ${data.actor}`)
    },
    onClosed: popId => closed.push(popId),
    onFault(error) {
      throw error
    },
  })
  const offer = { offerId: 'o', callId: 'c', agentId: 'ada' }
  const request: PopRequest = {
    ...offer,
    trigger: 'offer',
    ani: { e164: '+442012345678', raw: '02012345678', name: null, withheld: false },
    dnis: 'support',
    queueId: 'q',
    queueName: 'Q',
    waitMs: 0,
    attributes: { mood: 'b&d' },
    ringUntilMs: clock.now() + 15_000,
  }
  pops.request(request)
  const popId = pops.open()[0]?.popId ?? ''
  return { clock, told, said, closed, pops, offer, request, popId }
}

describe('a screen pop', () => {
  it('leads where the template says', () => {
    const { pops } = start()
    expect(pops.open()[0]?.target?.params.url).toBe('https://crm.example/?phone=%2B442012345678&call=c&mood=b%26d')
  })

  it('is withdrawn once, acknowledged or not, and then nothing more is told of it', () => {
    const { pops, told, closed, offer, popId, clock } = start()
    pops.acknowledge(popId, 'shown', 'user:ada')
    expect(closed).toEqual([])
    pops.withdraw(offer, 'timed_out')
    pops.withdraw(offer, 'timed_out')
    expect(told).toEqual(['requested', 'acknowledged', 'withdrawn'])
    expect(closed).toEqual([popId])
    expect(clock.pending).toBe(0)
  })

  it('may be acknowledged again while it lives: the last word counts, the same word is no news', () => {
    const { pops, told, said, closed, popId, clock } = start()
    pops.acknowledge(popId, 'shown', 'user:ada')
    pops.acknowledge(popId, 'shown', 'user:ada')
    expect([pops.open(), pops.find(popId)?.popId]).toEqual([[], popId])
    pops.update('c', { mood: 'x' })
    pops.settle('o')
    pops.acknowledge(popId, 'opened', 'user:ada')
    pops.acknowledge(popId, 'opened', 'key:crm')
    expect(told).toEqual(['requested', 'acknowledged', 'acknowledged', 'acknowledged'])
    expect(said).toEqual(['shown user:ada', 'opened user:ada', 'opened key:crm'])
    clock.advance(45_000)
    expect([closed, pops.find(popId)]).toEqual([[popId], null])
    expect(() => pops.acknowledge(popId, 'closed', 'user:ada')).toThrow('no open screen pop')
    expect(clock.pending).toBe(0)
  })

  it('of an accepted offer is forgotten when it expires', () => {
    const { pops, closed, popId, clock } = start()
    pops.settle('o')
    clock.advance(44_999)
    expect(closed).toEqual([])
    clock.advance(1)
    expect([closed, pops.open()]).toEqual([[popId], []])
    expect(() => pops.acknowledge(popId, 'shown', 'user:ada')).toThrow('no open screen pop')
  })

  it('is over to the millisecond, however late it is cleared away with others', () => {
    const { pops, told, clock, popId, request } = start()
    clock.advance(300)
    pops.request({ ...request, offerId: 'o2', ringUntilMs: clock.now() + 15_000 })
    const secondId = pops.open()[1]?.popId ?? ''
    clock.advance(44_700)
    expect(pops.open().map(pop => pop.popId)).toEqual([secondId])
    clock.advance(299)
    expect(pops.find(secondId)).not.toBeNull()
    clock.advance(1)
    expect([pops.open(), pops.find(popId), pops.find(secondId)]).toEqual([[], null, null])
    pops.update('c', { mood: 'x' })
    expect(() => pops.acknowledge(secondId, 'shown', 'user:ada')).toThrow('no open screen pop')
    expect(told).toEqual(['requested', 'requested'])
    expect(clock.pending).toBe(1)
    clock.advance(1_000)
    expect(clock.pending).toBe(0)
  })

  it('of an offer that outlives it is forgotten with the offer', () => {
    const { pops, closed, popId, clock, offer } = start()
    clock.advance(45_000)
    expect(closed).toEqual([])
    pops.withdraw(offer, 'canceled')
    expect(closed).toEqual([popId])
  })
})
