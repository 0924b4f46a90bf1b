/** The prompts that come with the package: WAV files beside the compiled code. */
import { readdirSync, readFileSync } from 'node:fs'
import type { PromptSource } from '../media/audio/library.ts'

const folder = new URL('../media/prompts/en/', import.meta.url)
const suffix = '.wav'

/** Reads each file when it is first asked for. @throws Node's errors if the folder is missing. */
export function readBundledPrompts(): PromptSource {
  return {
    names: readdirSync(folder)
      .filter(file => file.endsWith(suffix))
      .map(file => file.slice(0, -suffix.length)),
    load: name => readFileSync(new URL(`${name}${suffix}`, folder)),
  }
}
