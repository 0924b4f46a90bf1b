/** Re-INVITEs over the virtual network: one at a time, refusals, glare. */
import { describe, expect, it } from 'vitest'
import { type ConfirmedCall, called, calling, nothingLeft } from '../testing/confirmed-call.ts'
import { present } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'

describe('a re-INVITE of the peer', () => {
  it('is answered and waits for its ACK', async () => {
    const { peer, stage, say, offers } = await called()
    say('INVITE', { sequence: 200 })
    expect(peer.statuses('INVITE')).toEqual([100])
    expect(offers[0]?.offer).toBe(offerSdp)
    offers[0]?.accept(answerSdp)
    offers[0]?.accept(answerSdp)
    offers[0]?.reject(488)
    stage.clock.advance(500)
    say('ACK', { sequence: 200 })
    stage.clock.advance(60_000)
    expect(peer.statuses('INVITE')).toEqual([100, 200, 200])
    expect(peer.lastResponse('INVITE').headers.contact).not.toBeNull()
  })

  it('answered at once gets no 100', async () => {
    const { peer, say, offers } = await called()
    offers.push = exchange => {
      exchange.accept(answerSdp)
      return 0
    }
    say('INVITE')
    expect(peer.statuses('INVITE')).toEqual([200])
  })

  it('that is refused keeps the call', async () => {
    const { peer, say, offers, ends, settle } = await called()
    say('INVITE')
    settle(offers[0]?.reject(488))
    expect([peer.statuses('INVITE'), ends]).toEqual([[100, 488], []])
    say('INVITE')
    expect(offers).toHaveLength(2)
  })

  it('without an ACK ends the call after 64·T1', async () => {
    const { peer, stage, say, offers, ends } = await called()
    say('INVITE')
    offers[0]?.accept(answerSdp)
    stage.clock.advance(32_000)
    expect(ends).toEqual([{ by: 'local', cause: 'noAck', reason: null }])
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it('before the first is finished gets 500 and Retry-After of 0 to 10 s', async () => {
    const { peer, say, offers } = await called()
    say('INVITE')
    say('INVITE')
    expect(peer.statuses('INVITE')).toEqual([100, 500])
    expect(peer.lastResponse('INVITE').headers.integer('retry-after')).toBeLessThanOrEqual(10)
    expect(offers).toHaveLength(1)
  })

  it.each([200, 488])(
    'whose forerunner’s ACK was lost shows that our 200 was heard, and is answered: %d',
    async status => {
      const { peer, stage, say, offers, ends } = await called()
      say('INVITE')
      offers[0]?.accept(answerSdp)
      say('INVITE', { sequence: 300 })
      if (status === 200) offers[1]?.accept(answerSdp)
      else offers[1]?.reject(status)
      say('ACK', { sequence: 300, ...(status === 200 ? {} : { branch: 'z9hG4bK-INVITE-102' }) })
      stage.clock.advance(60_000)
      // The first 200 is not repeated any more, and nobody is given up for it.
      expect(peer.statuses('INVITE').filter(each => each < 488)).toEqual([
        100,
        200,
        100,
        ...(status === 200 ? [200] : []),
      ])
      expect(ends).toEqual([])
    },
  )

  it('with a body that is no SDP gets 415', async () => {
    const { peer, say, offers } = await called()
    say('INVITE', { body: 'hello', contentType: 'text/plain' })
    expect([peer.statuses('INVITE'), offers.length]).toEqual([[415], 0])
    expect(peer.lastResponse('INVITE').headers.get('accept')).toMatch(/^application\/sdp\b/)
    say('INVITE', { contentType: 'Application/SDP;charset=utf-8' })
    expect(offers).toHaveLength(1)
  })

  it('refreshes the target', async () => {
    const { stage, say, offers, dialog, settle } = await called()
    const moved = await stage.addPeer({ host: '10.0.0.5', port: 5062 })
    say('INVITE', { sequence: 200, headers: ['Contact: <sip:caller@10.0.0.5:5062>'] })
    settle(offers[0]?.accept(answerSdp))
    say('ACK', { sequence: 200 })
    settle(dialog.bye())
    expect(moved.last('BYE').uri).toBe('sip:caller@10.0.0.5:5062')
  })

  it('that is cancelled gets 487; the call goes on', async () => {
    const { peer, say, offers, ends } = await called()
    say('INVITE', { branch: 'z9hG4bKre' })
    say('CANCEL', { branch: 'z9hG4bKre' })
    expect([peer.statuses('INVITE'), peer.statuses('CANCEL'), ends]).toEqual([[100, 487], [200], []])
    offers[0]?.accept(answerSdp)
    expect(peer.statuses('INVITE')).toEqual([100, 487])
  })

  it('that is cancelled, or waited for in vain, is told to whom has to answer it; one that was answered is not', async () => {
    const { stage, say, offers } = await called()
    const told: string[] = []
    const ask = (branch: string, name: string) => {
      say('INVITE', { branch })
      offers.at(-1)?.whenGivenUp?.(() => told.push(name))
    }
    ask('z9hG4bKone', 'one')
    say('CANCEL', { branch: 'z9hG4bKone' })
    say('CANCEL', { branch: 'z9hG4bKone' })
    ask('z9hG4bKtwo', 'two')
    offers.at(-1)?.reject(488)
    say('CANCEL', { branch: 'z9hG4bKtwo' })
    expect(told).toEqual(['one'])
    ask('z9hG4bKthree', 'three')
    stage.clock.advance(40_000)
    expect(told).toEqual(['one', 'three'])
  })

  it('that nobody answers in 40 s gets 504, and a late answer is known as one; ours go out again', async () => {
    const { peer, stage, say, offers, ends, reinvite, settle } = await called()
    say('INVITE', { branch: 'z9hG4bKre' })
    stage.clock.advance(39_999)
    expect(peer.statuses('INVITE')).toEqual([100])
    stage.clock.advance(1)
    expect(peer.statuses('INVITE')).toEqual([100, 504])
    say('ACK', { branch: 'z9hG4bKre', sequence: 101 })
    expect([offers[0]?.accept(answerSdp), ends]).toEqual([false, []])
    reinvite()
    expect(peer.requests('INVITE')).toHaveLength(1)
    settle(peer.respond(peer.last('INVITE'), 200, { body: answerSdp }))
    say('INVITE')
    expect(offers[1]?.accept(answerSdp)).toBe(true)
  })

  it('gets 487 when a BYE overtakes the answer', async () => {
    const { peer, say, offers, over } = await called()
    say('INVITE', { branch: 'z9hG4bKre' })
    say('BYE')
    expect([peer.statuses('INVITE'), peer.statuses('BYE')]).toEqual([[100, 487], [200]])
    offers[0]?.accept(answerSdp)
    expect(over()).toEqual(nothingLeft)
  })

  it('gets 487 when our BYE goes out', async () => {
    const { peer, say, dialog, settle } = await called()
    say('INVITE')
    settle(dialog.bye())
    expect([peer.statuses('INVITE'), peer.requests('BYE').length]).toEqual([[100, 487], 1])
  })

  it('after our BYE gets 481', async () => {
    const { peer, say, dialog, settle } = await called()
    settle(dialog.bye())
    say('INVITE')
    expect(peer.statuses('INVITE')).toEqual([481])
  })
})

describe('a re-INVITE of the peer without an offer', () => {
  it('is shown what is in force, and its ACK brings the answer', async () => {
    const { peer, say, offers, settle } = await called()
    say('INVITE', { body: '', sequence: 200 })
    expect(offers[0]).toMatchObject({ offer: null, current: answerSdp })
    settle(offers[0]?.accept(offers[0].current))
    expect(peer.lastResponse('INVITE').body).toBe(answerSdp)
  })

  it('that is refused leaves the target where it was (RFC 6141 §4.7)', async () => {
    const { say, offers, dialog, settle } = await called()
    say('INVITE', { headers: ['Contact: <sip:elsewhere@10.0.0.9>'] })
    settle(offers[0]?.reject(488))
    expect(dialog.state.remoteTarget).toBe('sip:caller@10.0.0.2')
  })
})

describe('a re-INVITE of ours', () => {
  it('brings an answer and is ACKed, once more for each copy', async () => {
    const { peer, reinvite, dialog, over } = await called()
    const told = reinvite()
    const made = peer.last('INVITE')
    expect(made.headers.contact).not.toBeNull()
    expect(made.headers.toTag).toBe('caller')
    peer.respond(made, 100)
    peer.respond(made, 200, { body: answerSdp })
    peer.respond(made, 200, { body: answerSdp })
    expect(told).toEqual([`answer ${answerSdp.length}`])
    expect(peer.requests('ACK').map(({ headers }) => headers.cseq?.number)).toEqual([1, 1])
    dialog.bye()
    expect(over()).toEqual(nothingLeft)
  })

  it('is ACKed with its own number; a late copy of the first 2xx gets no other', async () => {
    const { peer, reinvite } = await calling()
    const told = reinvite()
    const made = peer.last('INVITE')
    peer.respond(made, 200, { body: answerSdp })
    expect(peer.last('ACK').headers.cseq?.number).toBe(2)
    expect(told).toHaveLength(1)
  })

  it('refreshes the target', async () => {
    const { stage, peer, reinvite } = await called()
    const moved = await stage.addPeer({ host: '10.0.0.5', port: 5062 })
    reinvite()
    peer.respond(peer.last('INVITE'), 200, { headers: ['Contact: <sip:x@10.0.0.5:5062>'], body: answerSdp })
    expect(moved.requests('ACK')).toHaveLength(1)
  })

  it.each([488, 415, 500, 606])('refused with %d keeps the call', async status => {
    const { peer, reinvite, ends } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), status)
    expect([told, ends, peer.requests('ACK').length]).toEqual([[`refused ${status}`], [], 1])
  })

  it.each([481, 408])('refused with %d ends it (§12.2.1.2)', async status => {
    const { peer, reinvite, ends } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), status)
    expect([told, ends.map(({ cause }) => cause)]).toEqual([[], ['dead']])
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it('that nobody answers ends it', async () => {
    const { stage, reinvite, ends, over } = await called()
    reinvite()
    stage.clock.advance(32_000)
    expect(ends.map(({ cause }) => cause)).toEqual(['dead'])
    expect(over()).toEqual(nothingLeft)
  })

  it('that has only a 100 when the call ends leaves nothing', async () => {
    const { peer, reinvite, dialog, settle, over } = await called()
    reinvite()
    peer.respond(peer.last('INVITE'), 100)
    settle(dialog.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it('pending when the peer hangs up takes its 487 and its ACK', async () => {
    const { peer, say, reinvite, over } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), 100)
    say('BYE')
    peer.respond(peer.last('INVITE'), 487)
    expect([peer.requests('ACK').length, told]).toEqual([1, []])
    expect(over()).toEqual(nothingLeft)
  })

  it('accepted after we hung up is ACKed and not told', async () => {
    const { peer, reinvite, dialog, settle } = await called()
    const told = reinvite()
    settle(dialog.bye())
    peer.respond(peer.last('INVITE'), 200, { body: answerSdp })
    expect([peer.requests('ACK').length, told]).toEqual([1, []])
  })

  it('waits for the one before', async () => {
    const { peer, stage, reinvite } = await called()
    reinvite('v=1')
    reinvite('v=2')
    expect(peer.requests('INVITE')).toHaveLength(1)
    peer.respond(peer.last('INVITE'), 200, { body: answerSdp })
    stage.clock.advance(2_000)
    expect(new Set(peer.requests('INVITE').map(({ headers }) => headers.cseq?.number))).toEqual(new Set([1, 2]))
  })

  it.each([
    ['what is wanted by then', 'v=2', []],
    ['nothing, if that is wanted', null, ['refused 491']],
  ])('that has met glare offers %s', async (_, wanted, expected) => {
    const { peer, stage, dialog, settle } = await called()
    const told: string[] = []
    let sdp: string | null = 'v=1'
    settle(dialog.reinvite(() => sdp, { onAnswer: () => {}, onRefused: status => told.push(`refused ${status}`) }))
    peer.respond(peer.last('INVITE'), 491)
    sdp = wanted
    stage.clock.advance(2_000)
    expect([new Set(peer.requests('INVITE').map(({ body }) => body)), told]).toEqual([
      new Set(['v=1', wanted ?? 'v=1']),
      expected,
    ])
    // Nothing is in the way of the next one.
    if (wanted !== null) settle(peer.respond(peer.last('INVITE'), 200, { body: answerSdp }))
    settle(dialog.reinvite(() => 'v=3', { onAnswer: () => {}, onRefused: () => {} }))
    expect(peer.last('INVITE').body).toBe('v=3')
  })

  it('that waits gives way to a newer one and is told so', async () => {
    const { peer, stage, reinvite } = await called()
    const first = reinvite('v=1')
    const second = reinvite('v=2')
    const third = reinvite('v=3')
    expect([first, second, third]).toEqual([[], ['refused 491'], []])
    peer.respond(peer.last('INVITE'), 491)
    expect(first).toEqual(['refused 491'])
    stage.clock.advance(2_000)
    const bodies = peer.requests('INVITE').map(({ body }) => body)
    expect(new Set(bodies)).toEqual(new Set(['v=1', 'v=3']))
  })
})

describe('glare (§14.1)', () => {
  it('the peer’s re-INVITE while ours is out gets 491', async () => {
    const { peer, reinvite, say, offers } = await called()
    reinvite()
    say('INVITE')
    expect([peer.statuses('INVITE'), offers.length]).toEqual([[491], 0])
  })

  /** How long after a 491 the re-INVITE goes out again. */
  async function waits(make: (options: { seed: number }) => Promise<ConfirmedCall>): Promise<number[]> {
    const times: number[] = []
    for (let seed = 0; seed < 40; seed++) {
      const { peer, stage, reinvite } = await make({ seed })
      reinvite()
      peer.respond(peer.last('INVITE'), 491)
      const at = stage.clock.now()
      stage.clock.advance(4_001)
      const [, again] = peer.times(message => message.kind === 'request' && message.method === 'INVITE')
      times.push(present(again) - at)
    }
    return times
  }

  it('who owns the Call-ID waits 2.1 to 4 s', async () => {
    const times = await waits(calling)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2_100)
    expect(Math.max(...times)).toBeLessThanOrEqual(4_000)
    expect(new Set(times).size).toBeGreaterThan(20)
    expect(times.every(time => time % 10 === 0)).toBe(true)
  })

  it('the other side 0 to 2 s', async () => {
    const times = await waits(called)
    expect(Math.max(...times)).toBeLessThanOrEqual(2_000)
    expect(new Set(times).size).toBeGreaterThan(20)
  })

  it('even if that side has sent a re-INVITE before', async () => {
    const again = async (options: { seed: number }) => {
      const call = await called(options)
      call.reinvite()
      call.peer.respond(call.peer.last('INVITE'), 200, { body: answerSdp })
      call.peer.forget()
      return call
    }
    expect(Math.max(...(await waits(again)))).toBeLessThanOrEqual(2_000)
  })

  it('a peer that never says anything but 491 is not asked for longer than 64·T1', async () => {
    const { peer, stage, reinvite, ends } = await called()
    const told = reinvite()
    for (let ms = 0; told.length === 0 && ms < 60_000; ms += 10) {
      const open = peer.requests('INVITE').at(-1)
      if (open !== undefined) peer.respond(open, 491)
      stage.clock.advance(10)
    }
    expect([told, ends]).toEqual([['refused 491'], []])
    expect(stage.clock.now()).toBeGreaterThanOrEqual(32_000)
    expect(stage.clock.now()).toBeLessThanOrEqual(34_100)
    peer.forget()
    stage.clock.advance(10_000)
    expect(peer.requests('INVITE')).toEqual([])
  })

  it('is over when the call is', async () => {
    const { peer, reinvite, say, over } = await called()
    reinvite()
    peer.respond(peer.last('INVITE'), 491)
    say('BYE')
    expect(over()).toEqual(nothingLeft)
    expect(peer.requests('INVITE')).toHaveLength(1)
  })
})
