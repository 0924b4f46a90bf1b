/** Starts the whole server from its settings, and stops it in order. */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Engine, EngineOptions } from '../engine/api.ts'
import { EngineError } from '../engine/errors.ts'
import { createPasswords } from '../engine/node/passwords.ts'
import type { AccountStore } from '../engine/ports/accounts.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { Store } from '../engine/ports/store.ts'
import { buildAppAround } from './app.ts'
import { ensureAdministrator } from './auth/accounts.ts'
import { newPassword } from './auth/tokens.ts'
import { bannerText } from './banner.ts'
import { parseCenterText } from './center-keeper.ts'
import type { App } from './context.ts'
import { sampleCenterFile } from './files.ts'
import type { Settings } from './settings.ts'
import { keepTlsFresh, readTls } from './sip-tls.ts'

export const tenant = 'default'
export const defaultDrainMs = 30_000

export interface Database {
  readonly store: Store
  readonly accounts: AccountStore
  close(): Promise<void>
}

/** What the server is made of. `server/parts.ts` has the real ones. */
export interface ServerParts {
  createEngine(options: EngineOptions): Engine
  /** Makes the database's parts; the engine opens the store. */
  openDatabase(url: string, options: { tenant: string; logger: Logger }): Promise<Database>
  /** Simulated phones, for `demo`. */
  startDemo(options: { engine: Engine; logger: Logger }): Promise<{ stop(): Promise<void> }>
}

export interface StartOptions {
  readonly stdout: { write(text: string): unknown }
  readonly logger: Logger
  readonly parts: ServerParts
}

export interface RunningServer {
  readonly engine: Engine
  readonly app: App
  /** e.g. `http://127.0.0.1:8080` */
  readonly httpAddress: string
  /** Reads the SIP certificate again. Null: SIP doesn't speak TLS. */
  readonly reloadTls: (() => void) | null
  /** Lets calls end for at most `drainMs` (default 30 s), then stops everything. Idempotent. */
  stop(options?: { drainMs?: number }): Promise<void>
}

/**
 * @throws EngineError `config.invalid`, `sip.listen_failed`, `store.*`, whose message is one clear line for the operator.
 * What had been started is stopped then.
 */
export async function startServer(settings: Settings, { stdout, logger, parts }: StartOptions): Promise<RunningServer> {
  // A fault in the file is told before anything is opened.
  const given = settings.center === null ? null : readCenterFile(settings.center)
  const tls = readTls(settings)
  const stops: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse())
      await stop().catch((error: unknown) => logger.error({ err: error }, 'stopping failed'))
  }
  try {
    const database = await parts.openDatabase(settings.databaseUrl, { tenant, logger })
    stops.push(() => database.close())
    let drainMs = 0
    const engine = parts.createEngine({
      tenant,
      store: database.store,
      logger,
      sip: { listen: settings.sipListen, advertise: settings.sipAdvertise, ...(tls === null ? {} : { tls }) },
      rtp: settings.rtpPorts,
      recordings: { folder: settings.recordingsFolder ?? recordingsBeside(settings.databaseUrl) },
      ...(settings.promptsFolder === null ? {} : { prompts: { folder: settings.promptsFolder } }),
    })
    await engine.start()
    stops.push(() => engine.stop({ drainMs }))
    const renew: Engine['renewTls'] = identity => engine.renewTls(identity)
    const reloader = tls === null ? null : keepTlsFresh({ settings, renew, logger })
    if (reloader !== null) stops.push(async () => reloader.stop())

    const passwords = createPasswords()
    const { accounts } = database
    const isNew = (await accounts.countUsers()) === 0 && isEmpty(engine)
    const { app, centerKeeper } = await buildAppAround({ engine, accounts, settings, logger, passwords })
    // The page stays readable while calls drain; it closes after the engine and before the database.
    stops.splice(1, 0, () => app.close())

    const sample = given === null && isNew ? sampleCenter() : null
    const definition = given ?? sample?.definition ?? null
    if (definition !== null) {
      const file = settings.center ?? undefined
      const { accountsDone } = await centerKeeper.apply(definition, {
        actor: 'operator',
        ...(file === undefined ? {} : { file }),
      })
      // Hundreds of passwords take a while to hash; signing in waits for its own, the start for none but the sample's.
      const logged = accountsDone.catch(error => logger.error({ err: error }, 'agent accounts could not be set up'))
      if (sample !== null) await logged
    }
    const adminPassword = await ensureAdministrator(accounts, passwords, settings.adminPassword)

    const httpAddress = await listen(app, settings)
    const sip = { sipListening: engine.listening(), sipAdvertise: settings.sipAdvertise }
    if (settings.demo) {
      const demo = await parts.startDemo({ engine, logger })
      stops.push(() => demo.stop())
    }
    const agentPasswords = sample?.passwords ?? {}
    stdout.write(bannerText({ httpAddress, ...sip, center: engine.center(), adminPassword, agentPasswords }))

    let stopping: Promise<void> | null = null
    return {
      engine,
      app,
      httpAddress,
      reloadTls: reloader === null ? null : reloader.reload,
      stop(options = {}) {
        if (stopping === null) {
          drainMs = options.drainMs ?? defaultDrainMs
          stopping = stopAll()
        }
        return stopping
      },
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

/** @throws EngineError `config.invalid` naming file and fault. */
export function readCenterFile(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new EngineError('config.invalid', `center file ${path} can not be read: ${(error as Error).message}`)
  }
  return parseCenterText(text, path)
}

/** Where the database is a folder, in there; else in the one that the server runs in. */
export function recordingsBeside(databaseUrl: string): string {
  const scheme = 'pglite://'
  return databaseUrl.startsWith(scheme) ? join(databaseUrl.slice(scheme.length), 'recordings') : 'recordings'
}

function isEmpty(engine: Engine): boolean {
  const { queues, agents, numbers, trunks } = engine.center()
  return queues.length + agents.length + numbers.length + trunks.length === 0
}

/** The sample with a new password for each agent. */
function sampleCenter(): { definition: object; passwords: Record<string, string> } {
  const sample = readCenterFile(sampleCenterFile()) as { agents: { id: string }[] }
  const passwords = Object.fromEntries(sample.agents.map(({ id }) => [id, newPassword()]))
  const agents = sample.agents.map(agent => ({ ...agent, password: passwords[agent.id] }))
  return { definition: { ...sample, agents }, passwords }
}

async function listen(app: App, { httpHost, httpPort }: Settings): Promise<string> {
  // Fastify opens a second server for "localhost", which Socket.IO would not be attached to.
  const host = httpHost === 'localhost' ? '127.0.0.1' : httpHost
  try {
    await app.listen({ host, port: httpPort })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const words: Readonly<Record<string, string>> = {
      EADDRINUSE: 'is in use by another program; choose another with HTTP_PORT or --http-port',
      EACCES: 'may not be opened by this user; choose a port above 1023 with HTTP_PORT or --http-port',
      EADDRNOTAVAIL: 'is no address of this machine; choose another with HTTP_HOST or --http-host',
    }
    const why = words[code ?? ''] ?? `can not be opened: ${message}`
    throw new EngineError('config.invalid', `HTTP address ${host}:${httpPort} ${why}`, { cause: error })
  }
  const { port } = app.server.address() as AddressInfo
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
