/** The media thread: the embedded media implementation on this machine's sockets, driven by messages of its port. */
import { parentPort, workerData } from 'node:worker_threads'
import { EngineError } from '../errors.ts'
import { createAudioLibrary } from '../media/audio/library.ts'
import { createEmbeddedMedia } from '../media/rtp/embedded-media.ts'
import type { MediaSession } from '../ports/media.ts'
import { createNodeClock } from './clock.ts'
import { readPrompts } from './media-prompts.ts'
import type { MediaCommand, MediaReport, MediaWorkerSettings } from './media-protocol.ts'
import { createNodeNetwork } from './network.ts'
import { createNodeRandom } from './random.ts'
import { createRecordingFiles } from './recording-files.ts'

const port = parentPort
if (port === null) throw new Error('This file is the entry of a worker thread.')

const settings: MediaWorkerSettings = workerData
const library = createAudioLibrary(readPrompts(settings.promptsFolder))
const media = createEmbeddedMedia({
  clock: createNodeClock(),
  random: createNodeRandom(),
  network: createNodeNetwork(),
  library,
  minPort: settings.minPort,
  maxPort: settings.maxPort,
  recordings: settings.recordingsFolder === null ? null : createRecordingFiles(settings.recordingsFolder),
})
const sessions = new Map<number, MediaSession>()

function report(message: MediaReport): void {
  port?.postMessage(message)
}

async function open(id: number, host: string): Promise<void> {
  try {
    const session = await media.open({ host, onEvent: event => report({ type: 'event', id, event }) })
    sessions.set(id, session)
    report({ type: 'opened', id, port: session.port })
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'media.unavailable'
    report({ type: 'refused', id, code, message: error instanceof Error ? error.message : String(error) })
  }
}

function obey(command: MediaCommand): void {
  if (command.type === 'open') void open(command.id, command.host)
  else if (command.type === 'stop') void media.stop().finally(() => port?.close())
  else {
    const session = sessions.get(command.id)
    if (session !== undefined) steer(session, command)
  }
}

function steer(session: MediaSession, command: Exclude<MediaCommand, { type: 'open' | 'stop' }>): void {
  switch (command.type) {
    case 'update':
      session.update(command.stream)
      break
    case 'play':
      session.play(command.playback)
      break
    case 'stopPlaying':
      session.stopPlaying()
      break
    case 'press':
      session.press(command.digit, command.durationMs)
      break
    case 'record':
      void session.record(command.request).then(result => report({ type: 'recorded', result }))
      break
    case 'stopRecording':
      session.stopRecording()
      break
    case 'join': {
      const other = sessions.get(command.otherId)
      if (other !== undefined) session.join(other, command.timeoutMs)
      break
    }
    case 'unjoin':
      session.unjoin()
      break
    case 'close':
      sessions.delete(command.id)
      session.close()
      break
  }
}

/** Encodes the music while nobody waits for it, a piece at a time so that commands and packets come between. */
function warmUp(music: ReturnType<typeof library.prepareMusic>): void {
  if (music.next().done !== true) setImmediate(warmUp, music).unref()
}

port.on('message', obey)
await media.start()
report({ type: 'ready', prompts: library.promptNames, music: library.musicNames })
setImmediate(warmUp, library.prepareMusic()).unref()
