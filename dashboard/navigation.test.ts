/** The table of paths. */
import { expect, test } from 'vitest'
import { callPath, pageOf } from './navigation.ts'

test.each([
  ['/', { name: 'wallboard' }],
  ['/agents', { name: 'agents' }],
  ['/agents/', { name: 'agents' }],
  ['/calls', { name: 'calls' }],
  ['/calls/01J%2F7', { name: 'call', callId: '01J/7' }],
  ['/desk', { name: 'desk' }],
  ['/voicemail', { name: 'voicemail' }],
  ['/admin', { name: 'admin' }],
  ['/nowhere', { name: 'unknown' }],
  ['/agents/ada', { name: 'unknown' }],
  ['/calls/a/b', { name: 'unknown' }],
  ['/calls/%E0%A4%A', { name: 'unknown' }],
])('%s', (path, page) => {
  expect(pageOf(path)).toEqual(page)
})

test('a call id survives the way into a path and back', () => {
  expect(pageOf(callPath('a/b c%'))).toEqual({ name: 'call', callId: 'a/b c%' })
})
