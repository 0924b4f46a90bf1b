#!/usr/bin/env node
/**
 * The executable: hands the process's own surroundings to the command line. It imports nothing at once but what every
 * Node can load, so that one that is too old is told so instead of shown a stack.
 */
import { setFlagsFromString } from 'node:v8'
import { nodeFault } from './node-version.ts'

const fault = nodeFault(process.versions.node)
if (fault !== null) {
  process.stderr.write(`strowger: ${fault}\n`)
  process.exit(1)
}
// What many calls leave behind for half a minute makes V8 believe that objects of that kind are best born old. Then it can no
// longer see cheaply that the calls around them are over: collections take twice the time, and pauses are twice as long.
setFlagsFromString('--no-allocation-site-pretenuring')
const { holdBackV8Helpers } = await import('./v8-helpers.ts')
holdBackV8Helpers()
const { runCommand } = await import('./cli.ts')
const code = await runCommand({
  argv: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(callback) {
    process.on('SIGTERM', callback)
    process.on('SIGINT', callback)
  },
  onHangup: callback => process.on('SIGHUP', callback),
  exit: exitCode => process.exit(exitCode),
  // Loaded late, so that --help and a mistyped flag answer at once.
  loadParts: async () => (await import('./parts.ts')).realParts,
})
// What failed halfway may still hold a handle open; the code has to get out all the same.
if (code !== null) process.exit(code)
