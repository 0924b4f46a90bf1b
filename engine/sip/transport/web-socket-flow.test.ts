/** WebSockets as flows, with a socket that is a mere list of what happened to it. */
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../simulation/test-clock.ts'
import { limits } from '../message/parse.ts'
import { createTestSocket } from '../testing/test-socket.ts'
import { bytes, requestText } from '../testing/wire.ts'
import type { Flow } from './flow.ts'
import { WebSocketFlow } from './web-socket-flow.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const options = requestText({ method: 'OPTIONS' })

function setUp({ wanted = true, secure = false } = {}) {
  const clock = createTestClock(0)
  const { socket, done, emit } = createTestSocket()
  const frames: string[] = []
  let closings = 0
  let read: (chunk: Uint8Array) => void = () => {}
  const flow = new WebSocketFlow(
    {
      clock,
      logger,
      secure,
      serial: 7,
      remote: { host: '10.0.0.2', port: 40_000 },
      local: { host: '10.0.0.1', port: 8080 },
      advertised: { host: 'sip.example.com', port: 8080 },
      stream: { on: (_event, listener) => (read = listener) },
      onFrame(data: Uint8Array, _flow: Flow) {
        frames.push(new TextDecoder().decode(data))
        return wanted
      },
      onClosed: () => closings++,
    },
    socket,
  )
  return {
    clock,
    socket,
    done,
    emit,
    frames,
    flow,
    closings: () => closings,
    read: (...chunk: number[]) => read(Uint8Array.from(chunk)),
  }
}

it('takes a message per frame, text or binary, and sends one per frame', () => {
  const { flow, emit, frames, done } = setUp()
  emit('message', bytes(options))
  emit('message', bytes(options).buffer)
  emit('message', [bytes(options.slice(0, 9)), bytes(options.slice(9))])
  flow.send('answer')
  expect(frames).toEqual([options, options, options])
  expect(done).toEqual(['answer'])
  expect(flow).toMatchObject({ transport: 'WS', reliable: true, alive: true, localHost: '10.0.0.1' })
  expect(setUp({ secure: true }).flow).toMatchObject({ transport: 'WSS' })
})

describe('keep-alives', () => {
  it.each([
    ['\r\n\r\n', ['\r\n']],
    ['\r\n', []],
    ['', []],
  ])('%j is answered by %j', (text, answers) => {
    const { emit, frames, done } = setUp()
    emit('message', bytes(text))
    expect([frames, done]).toEqual([[], answers])
  })

  it('are sent every 25 s, and end it when none is answered', () => {
    const { clock, emit, done, flow, closings } = setUp()
    emit('message', bytes(options))
    clock.advance(25_000)
    emit('pong')
    clock.advance(25_000)
    expect(done).toEqual(['ping', 'ping'])
    clock.advance(25_000)
    expect(done).toEqual(['ping', 'ping', 'terminate'])
    emit('close')
    expect([flow.alive, closings(), clock.pending]).toEqual([false, 1, 0])
  })
})

describe('a peer', () => {
  it('that sends what is beyond the limits is told so and let go', () => {
    const { emit, frames, done, closings, clock } = setUp()
    emit('message', new Uint8Array(limits.messageBytes + 1).fill(65))
    expect([frames, done, closings(), clock.pending]).toEqual([[], ['close 1009'], 1, 0])
    emit('message', bytes(options))
    emit('close')
    expect([frames, closings()]).toEqual([[], 1])
  })

  it('of whom nothing more is wanted is let go', () => {
    const { emit, done, closings } = setUp({ wanted: false })
    emit('message', bytes('GET / HTTP/1.1\r\n\r\n'))
    expect([done, closings()]).toEqual([['close 1008'], 1])
  })

  it('that does not read is cut off', () => {
    const { socket, flow, done } = setUp()
    socket.bufferedAmount = 5 * 2 ** 20
    flow.send('x')
    expect(done).toEqual(['terminate'])
  })

  it('that answers pings may be silent: a page may wait for somebody to call', () => {
    const { clock, emit, done, flow } = setUp()
    for (let second = 0; second < 300; second++) {
      clock.advance(1_000)
      emit('pong')
    }
    expect([flow.alive, new Set(done)]).toEqual([true, new Set(['ping'])])
  })

  it('that is gone is sent nothing', () => {
    const { emit, flow, done, closings } = setUp()
    emit('error', new Error('reset'))
    emit('close')
    flow.send('x')
    flow.destroy()
    expect([done, closings()]).toEqual([[], 1])
  })
})

describe('a message that does not become whole', () => {
  const begun = [0x01, 0x81, 0, 0, 0, 0, 65]
  const more = [0x00, 0x81, 0, 0, 0, 0, 65]
  const last = [0x80, 0x81, 0, 0, 0, 0, 65]
  const pong = [0x8a, 0x80, 0, 0, 0, 0]

  it('ends it after 10 s, whatever fragments and pongs come', () => {
    const { clock, done, read } = setUp()
    read(...begun)
    for (let second = 1; second < 10; second++) {
      clock.advance(1_000)
      read(...more, ...pong)
    }
    expect(done).toEqual([])
    clock.advance(1_000)
    expect(done).toEqual(['terminate'])
  })

  it('ends it after 10 s when it is one long frame, or not even a header', () => {
    for (const frame of [[0x82, 0xfe, 0x01, 0x00, 1, 2, 3, 4, 65], [0x81], [0x8a, 0x82, 0, 0, 0, 0, 1]]) {
      const { clock, done, read } = setUp()
      read(...frame)
      clock.advance(9_999)
      expect(done).toEqual([])
      clock.advance(1)
      expect(done).toEqual(['terminate'])
    }
  })

  it('has its 10 s from its own beginning, not from that of the one before', () => {
    const { clock, done, emit, read } = setUp()
    read(...begun)
    for (let count = 0; count < 5; count++) {
      clock.advance(6_000)
      read(...last, ...begun)
    }
    read(...pong, ...last)
    emit('pong')
    clock.advance(15_000)
    expect(done).toEqual(['ping'])
  })

  it('leaves no timer behind', () => {
    const { clock, emit, read } = setUp()
    read(...begun)
    emit('close')
    read(...more)
    expect(clock.pending).toBe(0)
  })
})

it('ends with a word when we end it, and leaves no timer', () => {
  const { clock, flow, done, closings } = setUp()
  flow.destroy()
  expect([done, closings(), clock.pending]).toEqual([['close 1001'], 1, 0])
})
