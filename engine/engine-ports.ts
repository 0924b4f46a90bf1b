/** What an engine needs from outside: what it was given, or else what this process has. */
import type { EngineOptions } from './api.ts'
import { describeProblems, EngineError } from './errors.ts'
import { guardedClock } from './guarded-clock.ts'
import { createNodeClock } from './node/clock.ts'
import { createNodeHttp } from './node/http.ts'
import { createNodeLoadProbe } from './node/load-probe.ts'
import { silentLogger } from './node/logger.ts'
import { createWorkerMedia } from './node/media-port.ts'
import { createNodeNetwork } from './node/network.ts'
import { createPasswords } from './node/passwords.ts'
import { createNodeRandom } from './node/random.ts'
import { createRecordingFolder } from './node/recording-folder.ts'
import type { Clock } from './ports/clock.ts'
import type { HttpPort } from './ports/http.ts'
import type { LoadProbe } from './ports/load.ts'
import { noLoad } from './ports/load.ts'
import type { Logger } from './ports/logger.ts'
import type { MediaPort } from './ports/media.ts'
import type { Network, TlsIdentity } from './ports/network.ts'
import type { PasswordHash } from './ports/password-hash.ts'
import type { Random } from './ports/random.ts'
import type { Recordings } from './ports/recordings.ts'
import type { Store } from './ports/store.ts'
import { createMemoryStore } from './store/memory-store.ts'

export interface EnginePorts {
  readonly tenant: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly network: Network
  readonly store: Store
  readonly media: MediaPort
  /** Null: nothing can be recorded. */
  readonly recordings: Recordings | null
  readonly http: HttpPort
  readonly load: LoadProbe
  readonly passwords: PasswordHash
  readonly lookupFunctions: NonNullable<EngineOptions['lookups']>
  readonly inboundDeadlineMs: number
  readonly sip: {
    readonly listen: readonly string[]
    readonly advertise: readonly string[]
    readonly tls: TlsIdentity | null
  }
}

export function portsOf(options: EngineOptions): EnginePorts {
  const random = options.random ?? createNodeRandom()
  const logger = options.logger ?? silentLogger
  // A fault in a timer is logged, and the process goes on; calls have a guard of their own that ends them.
  const clock = guardedClock(options.clock ?? createNodeClock(), err => logger.error({ err }, 'fault in a timer'))
  const network = options.network ?? createNodeNetwork()
  const tenant = options.tenant ?? 'default'
  const store = options.store ?? createMemoryStore({ tenant })
  const rtp = options.rtp ?? { minPort: 10_000, maxPort: 20_000 }
  const folders = {
    promptsFolder: options.prompts?.folder ?? null,
    recordingsFolder: options.recordings?.folder ?? null,
  }
  const media = options.media ?? createWorkerMedia({ ...rtp, logger, ...folders })
  const recordings = options.recordings === undefined ? null : createRecordingFolder(options.recordings.folder)
  const listen = options.sip?.listen ?? ['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060']
  return {
    tenant,
    clock,
    random,
    logger,
    network,
    store,
    media,
    recordings,
    http: options.http ?? createNodeHttp(),
    // Virtual time knows no load.
    load: options.load ?? (options.clock === undefined ? createNodeLoadProbe() : noLoad),
    passwords: options.passwords ?? createPasswords(),
    lookupFunctions: options.lookups ?? {},
    inboundDeadlineMs: inboundDeadlineOf(options),
    sip: { listen, advertise: options.sip?.advertise ?? [], tls: options.sip?.tls ?? null },
  }
}

/** @throws EngineError `request.invalid` */
function inboundDeadlineOf({ inboundDeadlineMs = 5_000 }: EngineOptions): number {
  if (Number.isInteger(inboundDeadlineMs) && inboundDeadlineMs >= 1 && inboundDeadlineMs <= 600_000)
    return inboundDeadlineMs
  const problems = [{ path: 'inboundDeadlineMs', value: inboundDeadlineMs, allowed: 'an integer from 1 to 600000' }]
  throw new EngineError('request.invalid', describeProblems(problems), { problems })
}
