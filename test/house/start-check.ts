/** `npm start` as a newcomer runs it, on free ports and an empty folder: ready, then gone on SIGTERM with exit code 0. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, hosts } from '../peers/loopback.ts'
import { root } from './source.ts'

const folder = mkdtempSync(join(tmpdir(), 'strowger-start-'))
const [httpPort, sipPort] = [await freePort(hosts.engine), await freePort(hosts.engine)]

async function startOnce(what: string): Promise<void> {
  const begun = performance.now()
  const server = spawn(process.execPath, [join(root, 'dist/server/main.js')], {
    env: {
      ...process.env,
      DATABASE_URL: `pglite://${folder}/data`,
      HTTP_PORT: String(httpPort),
      SIP_LISTEN: `udp://127.0.0.1:${sipPort},tcp://127.0.0.1:${sipPort}`,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = new Promise<number | null>(resolve => server.on('exit', resolve))
  let gone = false
  exited.then(() => {
    gone = true
  })
  while (
    !(await fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
      reply => reply.ok,
      () => false,
    ))
  ) {
    if (gone) throw new Error(`${what}: the server ended before it was ready`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  console.log(`${what}: ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  server.kill('SIGTERM')
  const code = await exited
  if (code !== 0) throw new Error(`${what}: exit code ${code} after SIGTERM`)
}

try {
  await startOnce('a new data folder')
  await startOnce('an existing data folder')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
