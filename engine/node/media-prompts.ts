/** Where prompts come from: the WAV files of the package, by language, and a folder of the operator's that goes before them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promptLanguages } from '../config-intake.ts'
import type { PromptSource } from '../media/audio/library.ts'

const bundled = fileURLToPath(new URL('../media/prompts/', import.meta.url))
const suffix = '.wav'

/**
 * Names are `en/goodbye`, or `goodbye` for a file beside the folders of the languages. Each is read when it is first asked for.
 * @throws Node's errors if the folder is missing
 */
export function readPrompts(folder: string | null = null): PromptSource {
  const files = new Map<string, string>()
  for (const language of promptLanguages) addFiles(files, join(bundled, language), `${language}/`)
  if (folder !== null) {
    addFiles(files, folder, '')
    const folders = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())
    for (const { name } of folders) addFiles(files, join(folder, name), `${name}/`)
  }
  return {
    names: [...files.keys()],
    load: name => readFileSync(files.get(name) ?? ''),
  }
}

function addFiles(files: Map<string, string>, folder: string, prefix: string): void {
  for (const file of readdirSync(folder))
    if (file.endsWith(suffix)) files.set(`${prefix}${file.slice(0, -suffix.length)}`, join(folder, file))
}
