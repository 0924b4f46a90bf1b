/** Dialogs: identifiers, route sets, strict routers, sequence numbers. */
import { describe, expect, it } from 'vitest'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { message, request, responseText } from '../testing/wire.ts'
import { Dialog, dialogKey } from './dialog.ts'

const invite = (...headers: string[]) =>
  request({ method: 'INVITE', sequence: 7, headers: ['Contact: "C" <sip:caller@10.0.0.2:5062;ob>', ...headers] })

function answerTo(to: SipRequest, ...headers: string[]): SipResponse {
  const response = message(responseText(to, 200, { toTag: 'remote', headers }))
  if (response.kind !== 'response') throw new Error('not a response')
  return response
}

const values = (made: SipRequest, name: string) => made.headers.fields(name)

describe('the side that was called', () => {
  const dialog = () =>
    Dialog.ofServer(invite('Record-Route: <sip:p1;lr>, <sip:p2;lr>', 'Record-Route: <sip:p3;lr>'), 'own')

  it('has the route set in the order received', () => {
    const bye = dialog().createRequest('BYE')
    expect(values(bye, 'route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>', '<sip:p3;lr>'])
    expect(bye.uri).toBe('sip:caller@10.0.0.2:5062;ob')
    expect(dialog().nextHop).toBe('sip:p1;lr')
  })

  it('swaps From and To, and counts its own sequence from 1', () => {
    const it = dialog()
    const bye = it.createRequest('BYE')
    expect(bye.headers.get('from')).toBe('<sip:200@10.0.0.1>;tag=own')
    expect(bye.headers.get('to')).toBe('<sip:caller@10.0.0.2>;tag=caller')
    expect(bye.headers.callId).toBe('call-1')
    expect(bye.headers.cseq).toEqual({ number: 1, method: 'BYE' })
    expect(it.createRequest('OPTIONS').headers.cseq).toEqual({ number: 2, method: 'OPTIONS' })
  })

  it('is no owner of the Call-ID', () => {
    expect(dialog().initiator).toBe(false)
  })

  it('goes to From when there is no Contact', () => {
    expect(Dialog.ofServer(request({ method: 'INVITE' }), 'own').nextHop).toBe('sip:caller@10.0.0.2')
  })
})

describe('the side that called', () => {
  const made = invite()
  const dialog = (...headers: string[]) => Dialog.ofClient(made, answerTo(made, ...headers))

  it('has the route set in reverse', () => {
    const it = dialog('Record-Route: <sip:p1;lr>, <sip:p2;lr>', 'Record-Route: <sip:p3;lr>', 'Contact: <sip:b@h>')
    expect(values(it.createRequest('BYE'), 'route')).toEqual(['<sip:p3;lr>', '<sip:p2;lr>', '<sip:p1;lr>'])
    expect(it.nextHop).toBe('sip:p3;lr')
  })

  it('counts on from the INVITE, whose number the ACK has', () => {
    const it = dialog('Contact: <sip:b@h>')
    const ack = it.createAck(7)
    expect(ack).toMatchObject({ method: 'ACK', uri: 'sip:b@h' })
    expect(ack.headers.cseq).toEqual({ number: 7, method: 'ACK' })
    expect(ack.headers.get('to')).toBe('<sip:200@10.0.0.1>;tag=remote')
    expect(it.createRequest('BYE').headers.cseq).toEqual({ number: 8, method: 'BYE' })
  })

  it('owns the Call-ID', () => {
    expect(dialog().initiator).toBe(true)
  })

  it('goes to the Request-URI when there is no Contact', () => {
    expect(dialog().nextHop).toBe('sip:200@10.0.0.1')
  })

  it('keeps double Record-Route across transports', () => {
    const it = dialog('Record-Route: <sip:p;transport=tcp;r2=on;lr>, <sip:p;r2=on;lr>', 'Contact: <sip:b@h>')
    expect(values(it.createAck(7), 'route')).toEqual(['<sip:p;r2=on;lr>', '<sip:p;transport=tcp;r2=on;lr>'])
  })
})

describe('a strict router (§12.2.1.1)', () => {
  it('gets its URI as Request-URI and the target last in Route', () => {
    const dialog = Dialog.ofServer(invite('Record-Route: <sip:strict>, <sip:loose;lr>'), 'own')
    const bye = dialog.createRequest('BYE')
    expect(bye.uri).toBe('sip:strict')
    expect(values(bye, 'route')).toEqual(['<sip:loose;lr>', '<sip:caller@10.0.0.2:5062;ob>'])
    expect(dialog.nextHop).toBe('sip:strict')
  })

  it('behind a loose one changes nothing', () => {
    const bye = Dialog.ofServer(invite('Record-Route: <sip:loose;lr>, <sip:strict>'), 'own').createRequest('BYE')
    expect(bye.uri).toBe('sip:caller@10.0.0.2:5062;ob')
    expect(values(bye, 'route')).toEqual(['<sip:loose;lr>', '<sip:strict>'])
  })

  it('is not one whose lr has a value', () => {
    const bye = Dialog.ofServer(invite('Record-Route: <sip:p;LR=on>'), 'own').createRequest('BYE')
    expect(bye.uri).toBe('sip:caller@10.0.0.2:5062;ob')
  })
})

describe('sequence numbers of the peer (§12.2.2)', () => {
  const next = (sequence: number) => request({ method: 'OPTIONS', sequence, toTag: 'own' })

  it('may leave gaps but not fall', () => {
    const dialog = Dialog.ofServer(invite(), 'own')
    expect([8, 100, 99, 100, 101].map(sequence => dialog.accept(next(sequence)))).toEqual([
      true,
      true,
      false,
      true,
      true,
    ])
    expect(Dialog.ofServer(invite(), 'own').accept(next(6))).toBe(false)
  })

  it('begin anywhere on the side that called', () => {
    expect(Dialog.ofClient(invite(), answerTo(invite())).accept(next(0))).toBe(true)
  })
})

describe('the target', () => {
  it('is refreshed by a Contact and kept without one; the route set stays', () => {
    const dialog = Dialog.ofServer(invite('Record-Route: <sip:p1;lr>'), 'own')
    dialog.refreshTarget(request({ method: 'INVITE', headers: ['Contact: <sip:new@h>', 'Record-Route: <sip:p9;lr>'] }))
    expect(dialog.createRequest('BYE').uri).toBe('sip:new@h')
    dialog.refreshTarget(request({ method: 'INVITE' }))
    const bye = dialog.createRequest('BYE')
    expect([bye.uri, ...values(bye, 'route')]).toEqual(['sip:new@h', '<sip:p1;lr>'])
  })
})

it('is JSON, and goes on where it stood', () => {
  const dialog = Dialog.ofServer(invite('Record-Route: <sip:p1;lr>'), 'own')
  dialog.accept(request({ method: 'OPTIONS', sequence: 50 }))
  dialog.createRequest('OPTIONS')
  const restored = new Dialog(JSON.parse(JSON.stringify(dialog.state)))
  expect(restored.state).toEqual(dialog.state)
  expect(restored.key).toBe(dialogKey('call-1', 'own', 'caller'))
  expect(restored.createRequest('BYE').headers.cseq?.number).toBe(2)
  expect(restored.accept(request({ method: 'OPTIONS', sequence: 49 }))).toBe(false)
})
