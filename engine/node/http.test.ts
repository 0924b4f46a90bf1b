/** The guard against private addresses, and the limits, against a server on the loopback. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createNodeHttp } from './http.ts'

const ask = (url: string, changes: { allow?: readonly string[]; timeoutMs?: number } = {}) =>
  createNodeHttp().get({ url, headers: { 'x-key': 'k' }, timeoutMs: 2_000, maxBytes: 1_000, allow: [], ...changes })

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a request', () => {
  it('reaches a private address that is allowed, and no other', async () => {
    const port = await serve((request, response) => response.end(`${request.method} ${request.headers['x-key']}`))
    expect(await ask(`http://127.0.0.1:${port}/`, { allow: ['127.0.0.0/8'] })).toEqual({ status: 200, body: 'GET k' })
    await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow('private address')
    await expect(ask(`http://127.0.0.1:${port}/`, { allow: ['10.0.0.1'] })).rejects.toThrow('private address')
    await expect(ask(`http://localhost:${port}/`)).rejects.toThrow('private addresses alone')
    await expect(ask(`http://[::ffff:127.0.0.1]:${port}/`)).rejects.toThrow('private address')
  })

  it.each([
    '10.1.2.3',
    '169.254.169.254',
    '192.168.1.1',
    '0.0.0.0',
    '224.0.0.1',
    '[::1]',
    '[fe80::1]',
    '[fd00::1]',
    '2130706433',
  ])('does not go to %s', async host => {
    await expect(ask(`http://${host}/latest/meta-data`)).rejects.toThrow('private address')
  })

  it('follows no redirection, takes no long answer, waits no longer than it may', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
      else if (request.url === '/long') response.end('x'.repeat(5_000))
    })
    const allow = ['127.0.0.1']
    expect((await ask(`http://127.0.0.1:${port}/moved`, { allow })).status).toBe(302)
    await expect(ask(`http://127.0.0.1:${port}/long`, { allow })).rejects.toThrow('longer than 1000 bytes')
    await expect(ask(`http://127.0.0.1:${port}/slow`, { allow, timeoutMs: 50 })).rejects.toThrow(/abort|timeout/i)
  })
})
