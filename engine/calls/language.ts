/** Which language a caller is spoken to in. */
import { type PromptLanguage, promptLanguages } from '../config-intake.ts'
import type { Attributes } from '../events.ts'

/** The attribute that says it: set by a number, a flow or whoever knows the caller. */
export const languageAttribute = 'language'

const defaultLanguage: PromptLanguage = 'en'

/** What the call says goes before what its queue says. */
export function languageOf(attributes: Attributes, queueLanguage: PromptLanguage | null): PromptLanguage {
  const said = attributes[languageAttribute]
  return promptLanguages.find(language => language === said) ?? queueLanguage ?? defaultLanguage
}
