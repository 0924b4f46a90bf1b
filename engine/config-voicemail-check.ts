/** What is wrong with mailboxes, and with how an embedder asks for a message. */
import { Compile } from 'typebox/compile'
import type { CenterConfig } from './config.ts'
import { VoicemailWishes } from './config-voicemail.ts'
import { EngineError, type Problem } from './errors.ts'

export function mailboxProblems({ mailboxes, queues, agents }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const known = { queue: new Set(queues.map(({ id }) => id)), agent: new Set(agents.map(({ id }) => id)) }
  const seen = new Set<string>()
  mailboxes.forEach((mailbox, i) => {
    const path = `mailboxes[${i}]`
    if (seen.has(mailbox.id)) problems.push({ path: `${path}.id`, value: mailbox.id, allowed: 'each id once' })
    seen.add(mailbox.id)
    const refer = (kind: 'queue' | 'agent', ids: readonly string[]) => {
      ids.forEach((id, j) => {
        if (known[kind].has(id)) return
        const allowed = `the id of ${kind === 'agent' ? 'an' : 'a'} ${kind}: ${[...known[kind]].join(', ') || 'none is defined'}`
        problems.push({ path: `${path}.${kind}s[${j}]`, value: id, allowed })
      })
    }
    refer('queue', mailbox.queues)
    refer('agent', mailbox.agents)
  })
  return problems
}

const validator = Compile(VoicemailWishes)

/** @throws EngineError `request.invalid` */
export function checkVoicemail(wishes: object): VoicemailWishes {
  if (validator.Check(wishes)) return wishes
  const problems = validator.Errors(wishes).map(({ instancePath, message }) => ({
    path: instancePath.slice(1).replaceAll('/', '.'),
    value: undefined,
    allowed: message,
  }))
  const words = problems.map(({ path, allowed }) => `${path}: ${allowed}`).join('; ')
  throw new EngineError('request.invalid', `A message can't be taken so: ${words}`, { problems })
}
