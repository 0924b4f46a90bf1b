/** Looks at the threads of a process of its own: a priority that was given away does not come back. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const report = `
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { holdBackV8Helpers } from ${JSON.stringify(new URL('./v8-helpers.ts', import.meta.url).href)}
const threads = () => readdirSync('/proc/self/task').map(Number).map(thread => ({
  name: readFileSync('/proc/self/task/' + thread + '/comm', 'latin1').trim(),
  isMain: thread === process.pid,
  priority: getPriority(thread),
}))
const before = threads()
holdBackV8Helpers()
process.stdout.write(JSON.stringify({ before, after: threads() }))
`

interface Thread {
  readonly name: string
  readonly isMain: boolean
  readonly priority: number
}

function look(): { readonly before: readonly Thread[]; readonly after: readonly Thread[] } {
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', report], { encoding: 'utf8' }))
}

describe("V8's helper threads", () => {
  it.runIf(process.platform === 'linux')('give way to the signalling thread, which keeps its priority', () => {
    const { before, after } = look()
    const helpersOf = (threads: readonly Thread[]) => threads.filter(({ name }) => name === 'V8Worker')
    const mainOf = (threads: readonly Thread[]) => threads.find(({ isMain }) => isMain)?.priority
    expect(helpersOf(before).length).toBeGreaterThan(0)
    const expected = helpersOf(before).map(({ priority }) => Math.min(19, priority + 10))
    expect(helpersOf(after).map(({ priority }) => priority)).toEqual(expected)
    expect(mainOf(after)).toBe(mainOf(before))
  })
})
