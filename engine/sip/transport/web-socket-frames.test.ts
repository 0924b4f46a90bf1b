/** Frames end where RFC 6455 says, however the bytes are cut. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { WebSocketFrames } from './web-socket-frames.ts'

function frame(first: number, length: number, masked = true): number[] {
  const mask = masked ? 0x80 : 0
  const head =
    length < 126
      ? [first, mask | length]
      : length < 65_536
        ? [first, mask | 126, length >> 8, length & 255]
        : [first, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  return [...head, ...(masked ? [1, 2, 3, 4] : []), ...Array<number>(length).fill(0x81)]
}

describe.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('a frame of %i bytes', length => {
  it.each([true, false])('masked: %s, is partial up to its last byte', masked => {
    const frames = new WebSocketFrames()
    const bytes = Uint8Array.from(frame(0x81, length, masked))
    expect([frames.push(bytes.subarray(0, -1)), frames.partial]).toEqual([false, true])
    expect([frames.push(bytes.subarray(-1)), frames.partial]).toEqual([true, false])
  })
})

it('is partial between the fragments of a message, and no control frame ends that', () => {
  const frames = new WebSocketFrames()
  expect([frames.push(Uint8Array.from(frame(0x01, 3))), frames.partial]).toEqual([false, true])
  expect([frames.push(Uint8Array.from([...frame(0x8a, 0), ...frame(0x00, 3)])), frames.partial]).toEqual([false, true])
  expect([frames.push(Uint8Array.from([...frame(0x80, 3), ...frame(0x01, 3)])), frames.partial]).toEqual([true, true])
  expect([frames.push(Uint8Array.from(frame(0x80, 0))), frames.partial]).toEqual([true, false])
})

it('comes to the same however the bytes are cut', () => {
  const random = createSeededRandom(4)
  const wire = Uint8Array.from([
    ...frame(0x81, 300),
    ...frame(0x01, 5),
    ...frame(0x89, 2),
    ...frame(0x80, 200),
    ...frame(0x82, 66_000),
    ...frame(0x8a, 0),
  ])
  for (let round = 0; round < 50; round++) {
    const frames = new WebSocketFrames()
    for (let at = 0; at < wire.length; ) {
      const to = Math.min(wire.length, at + 1 + Math.floor(random.float() * 500))
      frames.push(wire.subarray(at, to))
      at = to
    }
    expect(frames.partial).toBe(false)
  }
})
