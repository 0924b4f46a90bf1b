import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSocketFolder } from './socket-folder.ts'

describe.skipIf(process.platform === 'win32')('the folder of the socket', () => {
  let data: string
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'strowger-test-'))
  })
  afterEach(() => rmSync(data, { recursive: true, force: true }))

  it('is made for this user alone, and goes with everything that tells of it', () => {
    const sockets = createSocketFolder(data)
    const folder = dirname(sockets.socketPath)
    expect(existsSync(folder)).toBe(false)
    sockets.make()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(data, 'socket-folder'), 'utf8')).toBe(folder)
    writeFileSync(sockets.socketPath, '')
    sockets.remove()
    sockets.remove()
    expect([existsSync(folder), readdirSync(data)]).toEqual([false, []])
  })

  it('of a process that was killed goes when the next one starts; those of living ones stay', () => {
    const other = mkdtempSync(join(tmpdir(), 'strowger-test-'))
    const [killed, living] = [createSocketFolder(data), createSocketFolder(other)]
    for (const sockets of [killed, living]) {
      sockets.make()
      writeFileSync(sockets.socketPath, '')
    }
    const next = createSocketFolder(data)
    next.make()
    expect(existsSync(dirname(killed.socketPath))).toBe(false)
    expect(existsSync(living.socketPath)).toBe(true)
    next.remove()
    living.remove()
    rmSync(other, { recursive: true })
  })

  it('is only removed if it is one of ours, with nothing else in it', () => {
    const foreign = join(data, 'precious')
    const crowded = join(data, 'strowger-0123456789abcdef')
    for (const folder of [foreign, crowded]) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'letters'), '')
      writeFileSync(join(data, 'socket-folder'), folder)
      const sockets = createSocketFolder(data)
      sockets.make()
      expect(readdirSync(folder)).toEqual(['letters'])
      sockets.remove()
    }
  })
})
