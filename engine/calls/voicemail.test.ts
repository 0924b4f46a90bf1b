/** Messages through a whole engine on the virtual clock; what was recorded is what the test says. */
import { describe, expect, it } from 'vitest'
import type { InboundCall } from '../api.ts'
import type { VoicemailReply } from '../api-voicemail.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { EventData, EventType } from '../events.ts'
import type { RecordingRequest, RecordingResult } from '../ports/media.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import { createWorld, type World } from '../simulation/world.ts'
import { watchedMedia } from './testing/watched-media.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
const queue = { id: 'support', wrapUpMs: 0 }
const mailboxes: NonNullable<CenterInput['mailboxes']> = [{ id: 'help' }, { id: 'other', maxMessages: 1 }]

interface Recording {
  readonly request: RecordingRequest
  end(result: Partial<RecordingResult>): void
}

/** Media whose recordings end when the test says so, or with their session. */
function recordingMedia(recordings: Recording[]) {
  return watchedMedia(session => {
    let stop: ((endedBy: RecordingResult['endedBy']) => void) | null = null
    return {
      record(request) {
        const { promise, resolve } = Promise.withResolvers<RecordingResult>()
        const kept = { outcome: 'kept', durationMs: 7_000, speechMs: 6_000, bytes: 112_044, reason: null } as const
        const end = (result: Partial<RecordingResult>) =>
          resolve({ recordingId: request.recordingId, ...kept, endedBy: 'closed', ...result })
        recordings.push({ request, end })
        stop = endedBy => end({ endedBy })
        return promise
      },
      stopRecording: () => stop?.('stopped'),
      close() {
        stop?.('closed')
        session.close()
      },
    }
  })
}

async function play(
  input: CenterInput,
  story: (world: World, recordings: Recording[]) => Promise<void>,
): Promise<void> {
  const recordings: Recording[] = []
  const center = { queues: [queue], mailboxes, media: { timeoutMs: 0 }, ...input }
  const world = await createWorld({ seed: 5, center, media: recordingMedia(recordings) })
  try {
    await story(world, recordings)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

describe('voicemail', () => {
  it('is where closed hours lead, and a caller who hangs up has been diverted, not lost', async () => {
    const hours = [{ id: 'office', emergency: 'closed' as const }]
    const numbers = [{ match: 'support', queue: 'support', hours: 'office', closed: { voicemail: 'help' } }]
    await play({ hours, numbers }, async world => {
      const { call } = await world.call('support', patient)
      await world.run(3_000)
      expect(told(world, 'recording.started')).toMatchObject([{ mailboxId: 'help', kind: 'voicemail', queueId: null }])
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toEqual([])
      expect(told(world, 'call.ended')).toMatchObject([
        { ending: 'diverted', endedBy: 'customer', cause: 'customerHangup' },
      ])
      const [{ callId } = { callId: '' }] = told(world, 'call.ended')
      expect(told(world, 'recording.available')).toMatchObject([{ callId, endedBy: 'hangup', durationMs: 7_000 }])
      expect((await world.engine.calls.explain(callId))?.summary).toBe(
        'Left a message of 7 s in the mailbox help; ended by customer (customerHangup).',
      )
      expect(await world.engine.voicemail.list({ limit: 5 })).toMatchObject([
        { callId, mailboxId: 'help', heardAt: null },
      ])
    })
  })

  it('who hangs up during the greeting has left nothing', async () => {
    const numbers = [{ match: 'support', flow: 'main' }]
    const flows = [{ id: 'main', steps: [{ voicemail: 'help' }] }]
    await play({ flows, numbers }, async (world, recordings) => {
      const { call } = await world.call('support', patient)
      await world.run(500)
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toMatchObject([{ stage: 'screening' }])
      expect([recordings.length, told(world, 'recording.started')]).toEqual([0, []])
    })
  })

  it('a full mailbox is passed over by the rules of a queue', async () => {
    const overflow = [
      { afterMs: 1_000, to: { voicemail: 'other' } },
      { afterMs: 5_000, to: { voicemail: 'help' } },
    ]
    const numbers = [{ match: 'support', queue: 'support' }]
    await play({ queues: [{ ...queue, overflow }], numbers }, async world => {
      await world.call('support', patient)
      await world.call('support', patient)
      await world.run(10_000)
      // The first one is still speaking: its place is kept.
      expect(told(world, 'call.diverted').map(({ target, waitMs }) => [target, waitMs])).toEqual([
        ['voicemail:other', 1_000],
        ['voicemail:help', 5_000],
      ])
      expect(world.engine.voicemail.mailboxes()).toMatchObject([{ full: false }, { full: true, messages: 0 }])
    })
  })

  it('is taken by an embedder, in his words; what fails is told, and the call is hung up when his handler ends', async () => {
    await play({}, async (world, recordings) => {
      const replies: VoicemailReply[] = []
      const refusals: unknown[] = []
      const handler = async (call: InboundCall) => {
        for (const [mailbox, wishes] of [
          ['none', {}],
          ['help', { maxMs: 1 }],
        ] as const)
          await call.voicemail(mailbox, wishes).catch(error => refusals.push(error.code))
        replies.push(await call.voicemail('help', { greeting: ['welcome'], beep: false, maxMs: 9_000, finishOn: '*' }))
        await call.say('goodbye')
      }
      world.engine.onInbound(handler)
      const { call } = await world.call('anything', patient)
      await world.run(2_000)
      expect(refusals).toEqual(['mailbox.unknown', 'request.invalid'])
      expect(recordings[0]?.request).toMatchObject({ maxMs: 9_000, silenceMs: 5_000, minSpeechMs: 1_000 })
      call.press('#')
      await world.run(500)
      expect(replies).toEqual([])
      call.press('*')
      await world.run(3_000)
      expect(replies).toMatchObject([{ outcome: 'recorded', endedBy: 'digit', durationMs: 7_000 }])
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'diverted', cause: 'messageTaken' }])

      await world.call('anything', patient)
      await world.run(2_000)
      recordings[1]?.end({ outcome: 'failed', endedBy: 'failed', reason: 'the disk refuses: ENOSPC' })
      await world.run(3_000)
      expect(replies[1]).toEqual({ outcome: 'failed', messageId: null, durationMs: 0, endedBy: 'hangup' })
      expect(told(world, 'recording.dropped')).toMatchObject([{ reason: 'failed', detail: 'the disk refuses: ENOSPC' }])
      expect(world.engine.voicemail.mailboxes()[0]).toMatchObject({ messages: 1 })
    })
  })

  it('is refused where it can not be: unknown mailboxes, and no place for recordings', async () => {
    const wrong: CenterInput = {
      queues: [{ id: 'q', overflow: [{ afterMs: 1, to: { voicemail: 'x' } }] }],
      flows: [{ id: 'f', steps: [{ voicemail: 'y' }, { voicemail: { mailbox: 'a', otherwise: 'nowhere' } }] }],
      mailboxes: [{ id: 'a', queues: ['z'], agents: ['nobody'] }, { id: 'a' }],
    }
    const paths = () => {
      try {
        return parseCenter(wrong)
      } catch (error) {
        return (error as { problems: { path: string }[] }).problems.map(({ path }) => path).sort()
      }
    }
    expect(paths()).toEqual([
      'flows[0].steps[0].voicemail',
      'flows[0].steps[1].voicemail.otherwise',
      'mailboxes[0].agents[0]',
      'mailboxes[0].queues[0]',
      'mailboxes[1].id',
      'queues[0].overflow[0].to.voicemail',
    ])
    const media = () => ({ ...createSilentMedia(), canRecord: false })
    await expect(createWorld({ seed: 1, center: { mailboxes }, media })).rejects.toMatchObject({
      code: 'config.invalid',
      problems: [{ path: 'mailboxes' }],
    })
  })

  it('forgets what is older than the center wants it kept', async () => {
    const numbers = [{ match: 'support', flow: 'main' }]
    const flows = [{ id: 'main', steps: [{ voicemail: 'help' }] }]
    await play({ flows, numbers, retention: { voicemailDays: 1 } }, async world => {
      const leave = async () => {
        const { call } = await world.call('support', patient)
        await world.run(3_000)
        call.hangup()
        await world.run(5_000)
      }
      await leave()
      await world.run(25 * 3_600_000)
      await leave()
      await world.run(5_000)
      expect(told(world, 'voicemail.deleted')).toMatchObject([{ reason: 'retention', actor: 'system' }])
      expect(await world.engine.voicemail.list({ limit: 5 })).toHaveLength(1)
      expect(world.engine.voicemail.mailboxes()[0]).toMatchObject({ messages: 1, unheard: 1 })
    })
  })
})
