/** How long PINs may be guessed: by phone, and for one agent from many phones. */
import { expect, it } from 'vitest'
import { createTestClock } from '../simulation/test-clock.ts'
import { PinGuard } from './pin-guard.ts'

function start() {
  const clock = createTestClock()
  const told: string[] = []
  const guard = new PinGuard({
    clock,
    limits: () => ({ maxWrongPins: 3, lockMs: 60_000 }),
    onLocked: (what, id, failures) => told.push(`${what} ${id} ${failures}`),
  })
  return { clock, told, guard }
}

it('locks a phone after so many wrong ones in a row, for a time', () => {
  const { clock, told, guard } = start()
  guard.failed('desk1', null)
  guard.failed('desk1', null)
  guard.succeeded('desk1', 'ada')
  guard.failed('desk1', null)
  guard.failed('desk1', null)
  expect(guard.isPhoneLocked('desk1')).toBe(false)
  guard.failed('desk1', null)
  expect([guard.isPhoneLocked('desk1'), guard.isPhoneLocked('desk2')]).toEqual([true, false])
  clock.advance(60_000)
  expect(guard.isPhoneLocked('desk1')).toBe(false)
  expect(told).toEqual(['phone desk1 3'])
})

it('looks at an agent’s PIN no more when it is tried from many phones, and at those of others still', () => {
  const { told, guard } = start()
  for (let phone = 0; phone < 6; phone++) {
    guard.failed(`desk${phone}`, 'ada')
    guard.failed(`desk${phone}`, 'ada')
  }
  expect([guard.isAgentLocked('ada'), guard.isAgentLocked('bob')]).toEqual([true, false])
  expect(told).toEqual(['agent ada 12'])
})
