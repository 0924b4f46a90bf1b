/** Kamailio, by one of the configurations of the scenarios: a carrier, the proxy in front of us, one that forks. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { TlsIdentity } from '../../engine/index.ts'
import { freePort, portTaken } from './loopback.ts'
import { findProgram, runProgram, scratchFolder } from './program.ts'

export const kamailioPath = findProgram('kamailio')
/** Null also without its TLS module, which Debian has in a package of its own (kamailio-tls-modules). */
export const kamailioTlsPath = kamailioPath !== null && knowsTls(kamailioPath) ? kamailioPath : null

const configFolder = fileURLToPath(new URL('../scenarios/kamailio/', import.meta.url))

export interface Kamailio {
  readonly host: string
  readonly port: number
  readonly address: string
  /** Requests of a method that went through it so far, each once, however often it was repeated. It tells them a moment later. */
  count(method: string): number
  output(): string
  /** Before the test ends. */
  stop(): Promise<void>
}

export interface KamailioOptions {
  /** A file of `test/scenarios/kamailio`, without `.cfg`. */
  readonly config: string
  readonly host: string
  readonly port?: number
  /** Replaces `@name@` in the configuration. `target`: where new calls go; several by commas, the best first. */
  readonly values?: Readonly<Record<string, string>>
  /** By TCP, too, on the same port. */
  readonly tcp?: true
  /** Who it is by TLS, which it speaks on the next port: whoever connects to it there must show a certificate, too. */
  readonly tls?: TlsIdentity
}

const tlsConfig = ['server', 'client']
  .map(side =>
    [
      `[${side}:default]`,
      'method = TLSv1.2+',
      'certificate = cert.pem',
      'private_key = key.pem',
      'ca_list = ca.pem',
      'verify_certificate = yes',
      'require_certificate = yes',
      '',
    ].join('\n'),
  )
  .join('\n')

/** Resolves when it listens; it ends with the test. */
export async function startKamailio({
  config,
  host,
  port: given,
  values = {},
  tcp,
  tls,
}: KamailioOptions): Promise<Kamailio> {
  const folder = scratchFolder()
  const port = given ?? (await freePort(host))
  const all: Readonly<Record<string, string>> = {
    host,
    port: String(port),
    tlsPort: String(port + 1),
    folder,
    idleSec: '600',
    ...values,
  }
  const text = readFileSync(join(configFolder, `${config}.cfg`), 'utf8')
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(
    file,
    text.replaceAll(/@(\w+)@/g, (placeholder, name: string) => all[name] ?? placeholder),
  )
  const targets = (values.target ?? `${host}:9`).split(',')
  const lines = targets.map((target, place) => `1 sip:${target} 0 ${targets.length - place}\n`)
  writeFileSync(join(folder, 'dispatcher.list'), lines.join(''))
  const args = ['-f', file, '-DD', '-E', '-m', '32', '-M', '8', '-w', folder, '-Y', folder]
  if (tls !== undefined) {
    writeFileSync(join(folder, 'tls.cfg'), tlsConfig)
    for (const [name, pem] of Object.entries(tls)) writeFileSync(join(folder, `${name}.pem`), pem)
    args.push('-A', 'TLS')
  }
  if (tcp !== undefined) args.push('-A', 'TCP')
  const run = runProgram(kamailioPath ?? 'kamailio', args, folder)
  // It has children, which only it ends.
  onTestFinished(() => run.kill('SIGTERM'))
  await Promise.race([
    portTaken(tcp === undefined ? 'udp' : 'tcp', host, port),
    run.exited.then(code => {
      throw new Error(`Kamailio exited with ${code}\n${run.output().slice(-4000)}`)
    }),
  ])
  // Method, source, Call-ID, CSeq and To tag: what a repeated request shares with the first one, and no other does.
  const passed = () => [...new Set(run.output().match(/passed \S+ \S+ \S+ \d+ .*/g))]
  return {
    host,
    port,
    address: `${host}:${port}`,
    count: method => passed().filter(what => what.startsWith(`passed ${method} `)).length,
    output: run.output,
    stop: () => run.kill('SIGTERM'),
  }
}

function knowsTls(path: string): boolean {
  const config = 'loadmodule "tls.so"\nrequest_route { exit; }\n'
  return spawnSync(path, ['-c', '-f', '-'], { input: config }).status === 0
}
