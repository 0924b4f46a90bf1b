/** The certificate that SIP speaks TLS with: read from the operator's files, and again when they have changed. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { describeProblems, EngineError, type Problem } from '../engine/errors.ts'
import type { TlsIdentity } from '../engine/index.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { Settings } from './settings.ts'

export type TlsSettings = Pick<Settings, 'sipListen' | 'sipTlsCert' | 'sipTlsKey' | 'sipTlsCa'>

/** Files are looked at this often; certificates are renewed days before they expire. */
const watchEveryMs = 10_000

/**
 * What the settings name; null when TLS isn't set up. Whether key and certificate fit is the engine's to say.
 * @throws EngineError `config.invalid`: a file that can't be read, or one of the two missing
 */
export function readTls(settings: TlsSettings): TlsIdentity | null {
  const { sipListen, sipTlsCert, sipTlsKey, sipTlsCa } = settings
  const needed = sipListen.some(each => each.toLowerCase().startsWith('tls://'))
  const problems: Problem[] = []
  const read = (name: string, path: string | null): string => {
    if (path === null) {
      if (needed || sipTlsCert !== null || sipTlsKey !== null || sipTlsCa !== null)
        problems.push({ path: name, value: undefined, allowed: 'the path of a PEM file, as SIP by TLS needs it' })
      return ''
    }
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      problems.push({ path: name, value: path, allowed: `a readable PEM file (${(error as Error).message})` })
      return ''
    }
  }
  const cert = read('SIP_TLS_CERT', sipTlsCert)
  const key = read('SIP_TLS_KEY', sipTlsKey)
  const ca = sipTlsCa === null ? null : read('SIP_TLS_CA', sipTlsCa)
  if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
  if (sipTlsCert === null) return null
  return { cert, key, ...(ca === null ? {} : { ca }) }
}

export interface TlsReloader {
  /** Reads the files again; a fault is logged, and what was in use stays. */
  reload(): void
  stop(): void
}

/** Keeps the engine's certificate as the files are, from now on. */
export function keepTlsFresh(options: {
  readonly settings: TlsSettings
  readonly renew: (identity: TlsIdentity) => void
  readonly logger: Logger
  readonly everyMs?: number
}): TlsReloader {
  const { settings, renew, logger, everyMs = watchEveryMs } = options
  const paths = [settings.sipTlsCert, settings.sipTlsKey, settings.sipTlsCa].filter(path => path !== null)
  const reload = () => {
    try {
      const identity = readTls(settings)
      if (identity === null) return
      renew(identity)
      logger.info({}, 'the SIP certificate was read again')
    } catch (error) {
      // Between the writing of the certificate and of its key the two don't fit; the next look finds them whole.
      logger.error({ err: error }, 'the new SIP certificate can not be used; the old one stays')
    }
  }
  // By looking, not by notification: renewal tools replace links and folders, which a watch of the file would not see.
  for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, reload)
  return {
    reload,
    stop() {
      for (const path of paths) unwatchFile(path, reload)
    },
  }
}
