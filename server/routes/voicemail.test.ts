import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.engine.applyCenter({
    queues: [{ id: 'support' }, { id: 'sales' }],
    agents: [
      { id: 'ada', queues: ['support'] },
      { id: 'grace', queues: ['sales'] },
    ],
    mailboxes: [
      { id: 'support', queues: ['support'] },
      { id: 'sales', queues: ['sales'], maxMessages: 1 },
    ],
  })
  for (const [index, mailbox] of ['support', 'sales', 'support'].entries())
    harness.engine.leaveMessage(`m${index + 1}`, mailbox, `sound of ${index + 1}`)
})
afterAll(() => harness.close())

const idsOf = (json: unknown) => (json as { items: { messageId: string }[] }).items.map(({ messageId }) => messageId)

describe('voicemail over REST', () => {
  it('lists mailboxes and messages, each role those that it may hear', async () => {
    const all = (await harness.as('sue', 'GET', '/mailboxes')).json
    expect(all).toMatchObject({
      items: [
        { id: 'support', messages: 2, unheard: 2, full: false, listeners: ['ada'] },
        { id: 'sales', messages: 1, full: true, listeners: ['grace'] },
      ],
    })
    expect((await harness.as('ada', 'GET', '/mailboxes')).json).toMatchObject({ items: [{ id: 'support' }] })
    expect(idsOf((await harness.as('root', 'GET', '/voicemail')).json)).toEqual(['m3', 'm2', 'm1'])
    expect(idsOf((await harness.as('ada', 'GET', '/voicemail')).json)).toEqual(['m3', 'm1'])
    expect(idsOf((await harness.as('crm', 'GET', '/voicemail?mailbox=sales')).json)).toEqual(['m2'])
    expect((await harness.as('ada', 'GET', '/voicemail?mailbox=sales')).status).toBe(403)
    const page = (await harness.as('sue', 'GET', '/voicemail?limit=2')).json
    expect(page).toMatchObject({ next: 'm2' })
    expect(idsOf((await harness.as('sue', 'GET', '/voicemail?limit=2&before=m2')).json)).toEqual(['m1'])
  })

  it('gives the sound to who may hear it, as a WAV file of its length', async () => {
    const reply = await harness.as('ada', 'GET', '/voicemail/m1/audio')
    expect([reply.status, reply.type, reply.text]).toEqual([200, 'audio/wav', 'sound of 1'])
    expect((await harness.as('ada', 'GET', '/voicemail/m2/audio')).status).toBe(403)
    expect((await harness.as('sue', 'GET', '/voicemail/none/audio')).json).toMatchObject({ code: 'voicemail.unknown' })
    const stranger = await harness.app.inject({ method: 'GET', url: '/api/v1/voicemail/m1/audio' })
    expect(stranger.statusCode).toBe(401)
  })

  it('marks as heard and deletes, and counts again', async () => {
    expect((await harness.as('ada', 'PATCH', '/voicemail/m1', { heard: true })).json).toMatchObject({
      heardBy: 'user:ada',
    })
    expect(idsOf((await harness.as('sue', 'GET', '/voicemail?unheard=true')).json)).toEqual(['m3', 'm2'])
    expect((await harness.as('ada', 'PATCH', '/voicemail/m1', { heard: 'yes' })).status).toBe(400)
    expect((await harness.as('ada', 'DELETE', '/voicemail/m2')).status).toBe(403)
    expect((await harness.as('sue', 'DELETE', '/voicemail/m2')).status).toBe(204)
    expect((await harness.as('sue', 'GET', '/voicemail/m2')).status).toBe(404)
    expect((await harness.as('sue', 'GET', '/mailboxes')).json).toMatchObject({
      items: [
        { messages: 2, unheard: 1 },
        { messages: 0, full: false },
      ],
    })
  })
})
