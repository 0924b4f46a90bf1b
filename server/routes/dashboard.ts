/** The dashboard's files; every address that is nothing else is a page of it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../context.ts'
import { sendProblem } from '../problems.ts'

const reserved = ['/api/', '/docs/', '/socket.io/', '/assets/']

/** @param folder Where the built dashboard is. */
export async function registerDashboard(app: App, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'))
  if (isBuilt)
    await app.register(fastifyStatic, {
      root: folder,
      // The build puts a hash of the content into the names below assets/, so they never change.
      setHeaders: (reply, path) => {
        const isHashed = path.startsWith(join(folder, 'assets'))
        reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
      cacheControl: false,
      schemaHide: true,
    })

  app.setNotFoundHandler((request, reply) => {
    if (!asksForPage(request))
      return sendProblem(request, reply, { code: 'request.not_found', status: 404, detail: 'There is nothing here.' })
    if (isBuilt) return reply.sendFile('index.html')
    return notBuilt(reply)
  })
}

function asksForPage({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && (headers.accept ?? '').includes('text/html') && !reserved.some(prefix => url.startsWith(prefix))
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send(
      'The dashboard has not been built: run "npm run build". REST (/docs), Socket.IO and telephony work without it.\n',
    )
}
