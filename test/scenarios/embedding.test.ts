/** The program of the README that embeds the engine is run as it is printed, in a process of its own, and takes a call. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { until } from '../peers/deadline.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { runProgram, scratchFolder } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'

const readme = fileURLToPath(new URL('../../README.md', import.meta.url))
const sources = new URL('../../engine/index.ts', import.meta.url).href

/** The fenced block that follows the mark. */
function embeddingExample(): string {
  const found = /<!-- embedding -->\s*```js\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))
  if (found?.[1] === undefined) throw new Error('README.md has no block marked <!-- embedding -->')
  return found[1]
}

function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((program, [before, after]) => {
    if (!program.includes(before)) throw new Error(`The example in README.md has no ${before}`)
    return program.replaceAll(before, after)
  }, text)
}

it('the embedding example of the README takes a call, and ends on SIGTERM', async () => {
  const agent = await startPackagePhone(hosts.agent)
  const caller = await startPackagePhone(hosts.caller)
  const port = await freePort(hosts.engine)
  // Only where it is imported from and who listens where: the rest runs as printed.
  const program = replaced(embeddingExample(), {
    "'strowger'": `'${sources}'`,
    '127.0.0.1:5060': `${hosts.engine}:${port}`,
    '127.0.0.1:5090': `${agent.host}:${agent.port}`,
    '127.0.0.1/32': `${caller.host}/32`,
  })
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(18)
  const folder = scratchFolder()
  const file = join(folder, 'embedding.mjs')
  writeFileSync(file, program)
  const run = runProgram(process.execPath, [file], folder)
  // UDP: the INVITE is repeated until the program listens.
  const call = await caller.call('vip', `${hosts.engine}:${port}`)
  expect(await call.hangUp()).toBe(200)
  await until('the program to tell the end of the call', () => (/completed/.test(run.output()) ? true : null))
  expect(run.output()).toMatch(/^a1 is rung for [0-9A-Z]{26}\n[0-9A-Z]{26} completed: customerHangup\n$/)
  run.process.kill('SIGTERM')
  expect(await run.exited).toBe(0)
})
