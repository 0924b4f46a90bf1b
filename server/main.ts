#!/usr/bin/env node
/** The executable: hands the process's own surroundings to the command line. */
import { runCommand } from './cli.ts'

const code = await runCommand({
  argv: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(callback) {
    process.on('SIGTERM', callback)
    process.on('SIGINT', callback)
  },
  exit: exitCode => process.exit(exitCode),
  // Loaded late, so that --help and a mistyped flag answer at once.
  loadParts: async () => (await import('./parts.ts')).realParts,
})
// What failed halfway may still hold a handle open; the code has to get out all the same.
if (code !== null) process.exit(code)
