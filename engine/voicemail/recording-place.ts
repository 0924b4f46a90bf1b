/** Whether what a center asks for can be recorded, said before a caller finds out. */
import type { CenterConfig } from '../config.ts'
import { describeProblems, EngineError } from '../errors.ts'
import type { MediaPort } from '../ports/media.ts'
import type { Recordings } from '../ports/recordings.ts'

/** @throws EngineError `config.invalid`: there is no place for recordings; `recordings.unavailable`: it can't be written */
export async function ensureRecording(
  { mailboxes }: Pick<CenterConfig, 'mailboxes'>,
  media: Pick<MediaPort, 'canRecord'>,
  recordings: Recordings | null,
): Promise<void> {
  if (mailboxes.length === 0) return
  if (!media.canRecord) {
    const allowed = 'no mailboxes, unless the engine is given a folder for recordings'
    const problems = [{ path: 'mailboxes', value: mailboxes.map(({ id }) => id), allowed }]
    throw new EngineError('config.invalid', describeProblems(problems), { problems })
  }
  await recordings?.open()
}
