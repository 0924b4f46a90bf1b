/** Copies into `dist` what the compiler leaves behind: files that the program reads at run time. */
import { cpSync } from 'node:fs'

for (const asset of ['engine/media/prompts/en', 'db/migrations', 'server/sample-center.yaml']) {
  cpSync(new URL(asset, import.meta.url), new URL(`dist/${asset}`, import.meta.url), { recursive: true })
}
