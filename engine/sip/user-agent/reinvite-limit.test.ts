/** Our re-INVITE that got a 100 and nothing after it, and INFO: what the dialog does on its own. */
import { describe, expect, it } from 'vitest'
import { type ConfirmedCall, called, nothingLeft } from '../testing/confirmed-call.ts'

describe('a re-INVITE of ours that got 100 and no final response', () => {
  it('is cancelled after 64·T1, its 487 ends it, and the next one goes out', async () => {
    const { peer, stage, reinvite, ends, settle } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), 100)
    stage.clock.advance(31_999)
    expect(peer.requests('CANCEL')).toHaveLength(0)
    stage.clock.advance(1)
    const [invite, cancel] = [peer.last('INVITE'), peer.last('CANCEL')]
    expect(cancel.headers.via).toEqual(invite.headers.via)
    expect([cancel.uri, cancel.headers.cseq?.number]).toEqual([invite.uri, invite.headers.cseq?.number])
    settle(peer.respond(cancel, 200))
    settle(peer.respond(invite, 487))
    expect([told, ends]).toEqual([['refused 487'], []])
    reinvite('v=2')
    expect(peer.requests('INVITE')).toHaveLength(2)
  })

  it('is given up 64·T1 after the CANCEL if nothing comes at all; the dialog is alive', async () => {
    const { peer, stage, reinvite, ends, dialog, over, settle } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), 100)
    stage.clock.advance(64_000)
    expect([told, ends]).toEqual([['refused 408'], []])
    const later = reinvite('v=2')
    peer.respond(peer.last('INVITE'), 200, { toTag: 'caller', body: 'v=0' })
    expect(later).toEqual(['answer 3'])
    settle(dialog.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it('takes a 200 that was faster than the CANCEL', async () => {
    const { peer, stage, reinvite } = await called()
    const told = reinvite()
    peer.respond(peer.last('INVITE'), 100)
    stage.clock.advance(32_000)
    peer.respond(peer.last('INVITE'), 200, { toTag: 'caller', body: 'v=0' })
    expect([told, peer.requests('ACK').length]).toEqual([['answer 3'], 1])
  })

  it('is given up too if the call was over before its 100 came', async () => {
    const { peer, reinvite, say, over } = await called()
    reinvite()
    say('BYE')
    peer.respond(peer.last('INVITE'), 100)
    expect(over()).toEqual(nothingLeft)
  })

  it('a copy of an older 200 does not stop the clock of the next', async () => {
    const { peer, stage, reinvite } = await called()
    reinvite()
    const first = peer.last('INVITE')
    peer.respond(first, 200, { toTag: 'caller', body: 'v=0' })
    reinvite('v=2')
    peer.respond(peer.last('INVITE'), 100)
    peer.respond(first, 200, { toTag: 'caller', body: 'v=0' })
    stage.clock.advance(32_000)
    expect(peer.requests('CANCEL')).toHaveLength(1)
  })
})

describe('a re-INVITE of ours that nobody wants any more', () => {
  /** What gives it up, and what was told of it. */
  function asked({ dialog, settle }: ConfirmedCall, sdp = 'v=1') {
    const told: string[] = []
    const giveUp = dialog.reinvite(() => sdp, {
      onAnswer: answer => told.push(`answer ${answer?.length}`),
      onRefused: status => told.push(`refused ${status}`),
    })
    settle(null)
    return { told, giveUp: () => settle(giveUp()) }
  }

  it('is cancelled at once, once however often that is said; its 487 ends it, and the next one goes out', async () => {
    const call = await called()
    const { peer, stage, reinvite, ends, settle } = call
    const { told, giveUp } = asked(call)
    peer.respond(peer.last('INVITE'), 100)
    giveUp()
    giveUp()
    const [invite, cancel] = [peer.last('INVITE'), peer.last('CANCEL')]
    expect([cancel.headers.via, cancel.headers.cseq?.number]).toEqual([invite.headers.via, invite.headers.cseq?.number])
    settle(peer.respond(cancel, 200))
    stage.clock.advance(20_000)
    settle(peer.respond(invite, 487))
    expect([told, ends, peer.requests('CANCEL').length]).toEqual([['refused 487'], [], 1])
    stage.clock.advance(60_000)
    expect(peer.requests('CANCEL')).toHaveLength(1)
    reinvite('v=2')
    expect(peer.requests('INVITE')).toHaveLength(2)
    giveUp()
    expect(peer.requests('CANCEL')).toHaveLength(1)
  })

  it('waits for the first provisional response before it is cancelled (RFC 3261 §9.1)', async () => {
    const call = await called()
    const { peer } = call
    const { told, giveUp } = asked(call)
    giveUp()
    expect(peer.requests('CANCEL')).toHaveLength(0)
    peer.respond(peer.last('INVITE'), 180, { toTag: 'caller' })
    expect(peer.requests('CANCEL')).toHaveLength(1)
    peer.respond(peer.last('INVITE'), 487, { toTag: 'caller' })
    expect(told).toEqual(['refused 487'])
  })

  it('takes a 200 that was faster, and is not tried again after a 491', async () => {
    const call = await called()
    const { peer, stage } = call
    const first = asked(call)
    first.giveUp()
    peer.respond(peer.last('INVITE'), 200, { toTag: 'caller', body: 'v=0' })
    expect([first.told, peer.requests('ACK').length]).toEqual([['answer 3'], 1])
    const second = asked(call, 'v=2')
    second.giveUp()
    peer.respond(peer.last('INVITE'), 491, { toTag: 'caller' })
    stage.clock.advance(10_000)
    expect([second.told, peer.requests('INVITE').length]).toEqual([['refused 491'], 2])
  })

  it('is never sent if it waits for its turn', async () => {
    const call = await called()
    const { peer, stage, say, offers, settle } = call
    say('INVITE')
    const { told, giveUp } = asked(call)
    giveUp()
    expect(told).toEqual(['refused 487'])
    settle(offers[0]?.reject(488))
    stage.clock.advance(10_000)
    expect(peer.requests('INVITE')).toHaveLength(0)
  })
})

it('INFO of ours is sent in the dialog, and its answer changes nothing', async () => {
  const { peer, dialog, ends, settle } = await called()
  settle(dialog.info('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n'))
  const info = peer.last('INFO')
  expect([info.headers.toTag, info.headers.get('content-type')]).toEqual(['caller', 'application/dtmf-relay'])
  settle(peer.respond(info, 481))
  expect(ends).toEqual([])
})
