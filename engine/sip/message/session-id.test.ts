/** The two halves of Session-ID, as a leg says them and hears them. */
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { request } from '../testing/wire.ts'
import { SessionEnd, SessionEnds } from './session-id.ts'

const [nil, one, two] = ['0'.repeat(32), 'ab30317f1a784dc48ff824d0d3715d86', '47755a9de7794ba387653f2099600ef2']
const heard = (value: string, known = nil) => {
  const ends = new SessionEnds(new SessionEnd(one), new SessionEnd(known))
  ends.hear(request({ method: 'INVITE', headers: [`Session-ID: ${value}`] }).headers)
  return ends.value
}

it.each([
  [`${two};remote=${nil}`, two],
  // RFC 7329: one half only.
  [two, two],
  [`${two.toUpperCase()} ;remote=${one}`, two],
  [`${two}0;remote=${one}`, nil],
  [`${nil};remote=${one}`, nil],
  ['47755a9d-e779-4ba3-8765-3f2099600ef2', nil],
  ['', nil],
])('of %s the first half is the peer: %s', (value, peer) => {
  expect(heard(value)).toBe(`${one};remote=${peer}`)
})

it('follows a peer who becomes another one, and is not forgotten by one who says nothing any more', () => {
  expect(heard(`${one};remote=${nil}`, two)).toBe(`${one};remote=${one}`)
  expect(heard('rubbish', two)).toBe(`${one};remote=${two}`)
})

it('names an end that names nothing, at random (RFC 4122, version 4), once', () => {
  const random = createSeededRandom(1)
  const ends = new SessionEnds(SessionEnd.make(random), SessionEnd.unknown())
  ends.settle(random)
  const { value } = ends
  const uuid = '[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}'
  expect(value).toMatch(new RegExp(`^${uuid};remote=${uuid}$`))
  expect(ends.peer.uuid).not.toBe(ends.self.uuid)
  ends.settle(random)
  expect(ends.value).toBe(value)
})
