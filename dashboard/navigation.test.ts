/** The table of paths. */
import { expect, test } from 'vitest'
import { adminPath, callPath, newEntryPath, pageOf } from './navigation.ts'

test.each([
  ['/', { name: 'wallboard' }],
  ['/agents', { name: 'agents' }],
  ['/agents/', { name: 'agents' }],
  ['/calls', { name: 'calls' }],
  ['/calls/01J%2F7', { name: 'call', callId: '01J/7' }],
  ['/desk', { name: 'desk' }],
  ['/voicemail', { name: 'voicemail' }],
  ['/admin', { name: 'admin', part: null, entry: null, isNew: false }],
  ['/admin/queues', { name: 'admin', part: 'queues', entry: null, isNew: false }],
  ['/admin/numbers/%2B44*', { name: 'admin', part: 'numbers', entry: '+44*', isNew: false }],
  ['/admin/new/queues', { name: 'admin', part: 'queues', entry: null, isNew: true }],
  ['/admin/queues/a/b', { name: 'unknown' }],
  ['/admin/queues/%E0%A4%A', { name: 'unknown' }],
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

test('so does the key of an entry', () => {
  expect(pageOf(adminPath('numbers', '#1/2%'))).toMatchObject({ part: 'numbers', entry: '#1/2%' })
  expect(pageOf(newEntryPath('agents'))).toMatchObject({ part: 'agents', isNew: true })
})
