/** Which recording is meant by the name of a prompt, and whether there is one for each prompt and music that a center names. */
import type { CenterConfig } from '../config.ts'
import type { PromptLanguage } from '../config-intake.ts'
import { describeProblems, EngineError, type Problem } from '../errors.ts'
import type { MediaPort } from '../ports/media.ts'

const defaultLanguage: PromptLanguage = 'en'

/** In the language that is asked for, else one without a language, else English; null if there is none at all. */
export function promptName(name: string, language: PromptLanguage, media: Pick<MediaPort, 'hasPrompt'>): string | null {
  const names = [`${language}/${name}`, name, `${defaultLanguage}/${name}`]
  return names.find(one => media.hasPrompt(one)) ?? null
}

/** Prompts of flows and recipes, and music of queues, that there is no recording of. Known only once the media have started. */
export function promptProblems(
  { flows, queues }: CenterConfig,
  media: Pick<MediaPort, 'hasPrompt' | 'hasMusic'>,
): readonly Problem[] {
  const problems: Problem[] = []
  const check = (path: string, prompts: string | readonly string[] | undefined, language = defaultLanguage) => {
    for (const value of [prompts ?? []].flat() as string[])
      if (promptName(value, language, media) === null)
        problems.push({
          path,
          value,
          allowed: 'a prompt of the package, or a WAV file of the prompts folder by its name',
        })
  }
  flows.forEach(({ steps, language }, i) => {
    steps.forEach(({ say, gather }, j) => {
      const path = `flows[${i}].steps[${j}]`
      check(`${path}.say`, say, language)
      check(`${path}.gather.say`, gather?.say, language)
      check(`${path}.gather.invalid`, gather?.invalid, language)
    })
  })
  queues.forEach(({ recipes, language, music }, i) => {
    if (!media.hasMusic(music))
      problems.push({
        path: `queues[${i}].music`,
        value: music,
        allowed: `default, silence, or music/${music}.wav in the prompts folder: 8 or 16 kHz, 16 bits, one channel, 1 s to 10 min`,
      })
    recipes.forEach((recipe, j) => {
      check(`queues[${i}].recipes[${j}].do.announce.say`, recipe.do.announce?.say, language)
    })
  })
  return problems
}

/** @throws EngineError `config.invalid` */
export function refuseUnknownPrompts(center: CenterConfig, media: Pick<MediaPort, 'hasPrompt' | 'hasMusic'>): void {
  const problems = promptProblems(center, media)
  if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
}
