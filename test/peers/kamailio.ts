/** Kamailio as the carrier's registrar, and as the proxy in front of us. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freePort, portTaken } from './loopback.ts'
import { findProgram, runProgram, scratchFolder } from './program.ts'

export const kamailioPath = findProgram('kamailio')

const configFolder = fileURLToPath(new URL('../scenarios/kamailio/', import.meta.url))

export interface Kamailio {
  readonly host: string
  readonly port: number
  readonly address: string
  /** What went through it, as `INVITE 127.0.0.2:5060`, in order; retransmissions too. */
  passed(): readonly string[]
  /** Requests of a method that went through it. */
  count(method: string): number
  output(): string
}

export interface KamailioOptions {
  /** A file of `test/scenarios/kamailio`, without `.cfg`. */
  readonly config: string
  readonly host: string
  readonly port?: number
  /** Replaces `@name@` in the configuration. */
  readonly values?: Readonly<Record<string, string>>
}

/** Resolves when it listens; it ends with the test. */
export async function startKamailio({ config, host, port: given, values = {} }: KamailioOptions): Promise<Kamailio> {
  const folder = scratchFolder()
  const port = given ?? (await freePort(host))
  const all: Readonly<Record<string, string>> = { host, port: String(port), folder, ...values }
  const text = readFileSync(join(configFolder, `${config}.cfg`), 'utf8')
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(
    file,
    text.replaceAll(/@(\w+)@/g, (placeholder, name: string) => all[name] ?? placeholder),
  )
  writeFileSync(join(folder, 'dispatcher.list'), `1 sip:${values.target ?? `${host}:9`}\n`)
  const run = runProgram(
    kamailioPath ?? 'kamailio',
    ['-f', file, '-DD', '-E', '-m', '32', '-M', '8', '-w', folder, '-Y', folder],
    folder,
  )
  // It has children, which only it ends.
  onTestFinished(() => run.kill('SIGTERM'))
  await Promise.race([
    portTaken('udp', host, port),
    run.exited.then(code => {
      throw new Error(`Kamailio exited with ${code}\n${run.output().slice(-4000)}`)
    }),
  ])
  const passed = () => [...run.output().matchAll(/passed (\S+ \S+)/g)].map(([, what = '']) => what)
  return {
    host,
    port,
    address: `${host}:${port}`,
    passed,
    count: method => passed().filter(what => what.startsWith(`${method} `)).length,
    output: run.output,
  }
}
