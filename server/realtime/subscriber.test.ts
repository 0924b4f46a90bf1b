/** A subscriber that can't keep up, or whose store fails: back to a snapshot, and on from there. */
import { beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../../engine/errors.ts'
import { type Principal, scopesOf } from '../auth/permissions.ts'
import { createFakeEngine, type FakeEngine } from '../testing/fake-engine.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { silentLogger } from '../testing/silent-logger.ts'
import { createHub } from './hub.ts'
import { createOutbox } from './outbox.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'

const supervisor: Principal = {
  user: 'sue',
  role: 'supervisor',
  agentId: null,
  scopes: scopesOf('supervisor'),
  actor: 'user:sue',
  credential: { kind: 'session', id: 'x' },
}

const clock = createManualClock()
let engine: FakeEngine
let sent: string[]
let drain: () => void
let subscriber: Subscriber
beforeEach(() => {
  engine = createFakeEngine({ clock })
  sent = []
  subscriber = subscriberWith(
    message => sent.push(message),
    callback => {
      drain = callback
    },
  )
})

/** A subscriber with a hub of its own, which has heard nothing yet. */
function subscriberWith(
  send: (message: string) => void,
  onDrain: (callback: () => void) => void = () => undefined,
): Subscriber {
  return createSubscriber({
    engine,
    hub: createHub(engine),
    clock,
    logger: silentLogger,
    outbox: createOutbox({
      emit: (type, payload) => {
        const { cursor = '' } = payload as { cursor?: string }
        send(type === 'resync' ? `resync ${cursor}` : cursor)
      },
      onDrain,
    }),
    principal: supervisor,
    limits: { maxQueued: 3, replayPage: 2, maxReplay: 10 },
    onSnapshot: () => undefined,
  })
}

const hold = () => engine.emit('call.held', { callId: 'c', by: 'agent' })
const subscribe = (cursor?: string) =>
  new Promise(resolve => {
    void subscriber.subscribe({ topics: ['calls'], ...(cursor === undefined ? {} : { cursor }) }, resolve)
  })
const turns = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

describe('a slow subscriber', () => {
  it('drops to a snapshot when its buffer is full, and goes on from its cursor', async () => {
    await subscribe()
    for (let i = 0; i < 6; i++) hold()
    expect(sent).toEqual(['1', '2', '3'])
    drain()
    expect(sent).toEqual(['1', '2', '3', 'resync 6'])
    drain()
    hold()
    expect(sent.at(-1)).toBe('7')
  })

  it('is replayed to no faster than it takes', async () => {
    for (let i = 0; i < 7; i++) hold()
    expect(await subscribe('0')).toEqual({ cursor: '0' })
    await turns()
    expect(sent).toEqual(['1', '2', '3'])
    hold()
    drain()
    await turns()
    expect(sent).toEqual(['1', '2', '3', '4', '5', '6'])
    drain()
    await turns()
    expect(sent.slice(6)).toEqual(['7', '8'])
    drain()
    hold()
    expect(sent.at(-1)).toBe('9')
  })

  it('takes a snapshot when it has missed too much', async () => {
    for (let i = 0; i < 11; i++) hold()
    expect(await subscribe('0')).toMatchObject({ cursor: '11', snapshot: {} })
    expect(await subscribe('1')).toEqual({ cursor: '1' })
  })
})

describe('a store that is ahead of the announcements', () => {
  it('is read from once: what is announced later is not sent again', async () => {
    const ahead = createFakeEngine({ clock })
    for (let i = 0; i < 4; i++) ahead.emit('call.held', { callId: 'c', by: 'agent' })
    for (let i = 0; i < 2; i++) hold()
    const messages: string[] = []
    let drained: () => void = () => undefined
    const late = subscriberWith(
      message => {
        messages.push(message)
        queueMicrotask(() => drained())
      },
      callback => {
        drained = callback
      },
    )
    engine.journal.read = (after, limit) => ahead.journal.read(after, limit + 2)
    await new Promise(resolve => {
      void late.subscribe({ topics: ['calls'], cursor: '0' }, resolve)
    })
    await turns()
    expect(messages).toEqual(['1', '2', '3', '4'])
    for (let i = 0; i < 3; i++) hold()
    expect(messages).toEqual(['1', '2', '3', '4', '5'])
  })
})

describe('a failing store', () => {
  it('is told to who wants to subscribe, and is a resync to who already has', async () => {
    for (let i = 0; i < 4; i++) hold()
    const messages: string[] = []
    const late = subscriberWith(message => messages.push(message))
    const fails = () => {
      throw new EngineError('store.unavailable', 'no database')
    }
    const ask = () =>
      new Promise(resolve => {
        void late.subscribe({ topics: ['calls'], cursor: '1' }, resolve)
      })
    const { oldestCursor } = engine.journal
    engine.journal.oldestCursor = fails
    expect(await ask()).toEqual({ error: { code: 'store.unavailable', message: 'no database' } })
    engine.journal.oldestCursor = oldestCursor
    engine.beforeRead = fails
    expect(await ask()).toEqual({ cursor: '1' })
    await turns()
    expect(messages).toEqual(['resync 4'])
    hold()
    expect(messages).toEqual(['resync 4', '5'])
  })

  it('that has not written yet what is missing is a resync too', async () => {
    for (let i = 0; i < 4; i++) hold()
    const messages: string[] = []
    const late = subscriberWith(message => messages.push(message))
    engine.journal.read = async () => []
    const answer = await new Promise(resolve => {
      void late.subscribe({ topics: ['calls'], cursor: '1' }, resolve)
    })
    expect(answer).toEqual({ cursor: '1' })
    await turns()
    expect(messages).toEqual(['resync 4'])
  })
})
