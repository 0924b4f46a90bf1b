/**
 * The parts of the build that are not a compiler's. `clean` empties `dist`, so that nothing outlives its source; `assets`
 * copies what the program reads at run time.
 */
import { cpSync, rmSync } from 'node:fs'

const assets = ['engine/media/prompts/en', 'engine/media/prompts/de', 'db/migrations', 'server/sample-center.yaml']

if (process.argv[2] === 'clean') rmSync(new URL('dist', import.meta.url), { recursive: true, force: true })
if (process.argv[2] === 'assets')
  for (const asset of assets)
    cpSync(new URL(asset, import.meta.url), new URL(`dist/${asset}`, import.meta.url), { recursive: true })
