import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from './folder-lock.ts'

describe('the lock of a data folder', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strowger-test-'))
    file = join(folder, 'strowger.lock')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is held by one in the same process, until it is released', () => {
    const lock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store.locked' }))
    expect(() => lockFolder(folder)).toThrow(`${folder} is in use by the process ${process.pid}`)
    lock.release()
    lock.release()
    expect(readdirSync(folder)).toEqual([])
    lockFolder(folder).release()
  })

  it('is respected while its process lives, and taken over when it is dead', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    writeFileSync(file, JSON.stringify({ pid: child.pid, startedTicks: null }))
    expect(() => lockFolder(folder)).toThrow(`in use by the process ${child.pid}`)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    lockFolder(folder).release()
    expect(existsSync(file)).toBe(false)
  })

  it.skipIf(!existsSync('/proc/self/stat'))(
    'does not take a pid that was given to another process for its owner',
    () => {
      writeFileSync(file, JSON.stringify({ pid: process.ppid, startedTicks: '1' }))
      const lock = lockFolder(folder)
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid })
      lock.release()
    },
  )

  it('takes over what an earlier process with our own pid left', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedTicks: null }))
    lockFolder(folder).release()
  })

  it('takes over a file that is no lock', () => {
    writeFileSync(file, 'garbage')
    lockFolder(folder).release()
  })
})
