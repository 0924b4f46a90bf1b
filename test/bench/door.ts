/**
 * What a stranger could learn about who has an account (SIP.md §2 row 13): the answers to a user that exists and to one
 * that doesn't, without credentials and with wrong ones, in bytes and in time, over UDP on loopback.
 *
 *   npm run bench:door [--rounds 2000]
 *
 * It fails if an answer differs by more than what is random in it, or the medians by more than 2 ms.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createEngine } from '../../engine/engine.ts'
import { silentLogger } from '../../engine/node/logger.ts'

const longestDifferenceMs = 2
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2000' } } })
const rounds = Number(values.rounds)
const host = '127.0.0.1'
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

const engine = createEngine({
  logger: silentLogger,
  sip: { listen: [`udp://${host}:0`] },
  center: {
    agents: Array.from({ length: 200 }, (_, i) => ({ id: `agent${100 + i}`, password: `secret${i}` })),
  },
})
await engine.start()
const port = Number(new URL(engine.listening()[0] ?? '').port)
let serial = 0

/** An address has a few answers and ten wrong passwords in a minute: here everybody comes from his own. */
async function someone(): Promise<{ socket: Socket; at: string }> {
  serial++
  const address = `127.77.${(serial >> 8) % 256}.${serial % 256}`
  const socket = createSocket('udp4').bind(0, address)
  await once(socket, 'listening')
  return { socket, at: `${address}:${socket.address().port}` }
}

async function register(
  { socket, at }: { socket: Socket; at: string },
  user: string,
  authorization: string | null,
): Promise<{ text: string; ms: number }> {
  const text = [
    `REGISTER sip:${host} SIP/2.0`,
    `Via: SIP/2.0/UDP ${at};branch=z9hG4bK${randomBytes(8).toString('hex')};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@${host}>;tag=${randomBytes(4).toString('hex')}`,
    `To: <sip:${user}@${host}>`,
    `Call-ID: ${randomBytes(8).toString('hex')}`,
    `CSeq: ${100_000 + serial} REGISTER`,
    `Contact: <sip:${user}@${at}>`,
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(2_000) })
  const startedAt = performance.now()
  socket.send(text, port, host)
  const [bytes] = (await answer) as [Buffer]
  return { text: bytes.toString(), ms: performance.now() - startedAt }
}

function wrongPassword(nonce: string, user: string): string {
  const response = md5(`${md5(`${user}:strowger:guess`)}:${nonce}:00000001:c:auth:${md5(`REGISTER:sip:${host}`)}`)
  return `Digest username="${user}", realm="strowger", nonce="${nonce}", uri="sip:${host}", response="${response}", algorithm=MD5, cnonce="c", qop=auth, nc=00000001`
}

/** An answer without what is another one each time, and how long it was with it. */
function shapeOf(text: string, user: string, at: string): string {
  const bare = text
    .replace(/nonce="[^"]+"/g, 'nonce')
    .replace(/branch=[^;\r]+/g, 'branch')
    .replace(/;tag=[^;\r]+/g, ';tag')
    .replace(/^(CSeq|Call-ID): .*$/gim, '$1')
    .replace(/;r(eceived|port)=[\d.]+/g, '')
    .replaceAll(at, 'address')
    .replaceAll(user, 'user')
  const own = at.length + at.replace(':', '').length
  return `${Buffer.byteLength(text) - own} bytes\n${bare}`
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN
}

let isSound = true
for (const kind of ['without credentials', 'with a wrong password'] as const) {
  const times = { known: [] as number[], unknown: [] as number[] }
  const shapes = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    // Taken in turns, either first: what the machine does meanwhile hits both alike.
    const order = round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const who of order) {
      const user = who === 'known' ? `agent${100 + (round % 200)}` : `nobod${100 + (round % 200)}`
      const from = await someone()
      let answer = await register(from, user, null)
      if (kind === 'with a wrong password') {
        const nonce = /nonce="([^"]+)"/.exec(answer.text)?.[1] ?? ''
        answer = await register(from, user, wrongPassword(nonce, user))
      }
      from.socket.close()
      const { text, ms } = answer
      times[who].push(ms)
      shapes.add(shapeOf(text, user, from.at))
    }
  }
  const [known, unknown] = [median(times.known), median(times.unknown)]
  const difference = Math.abs(known - unknown)
  isSound &&= shapes.size === 1 && difference <= longestDifferenceMs
  console.log(
    `${kind}: ${rounds} of each, ${shapes.size === 1 ? 'the same answer' : `${shapes.size} different answers`} (${[...shapes].map(shape => shape.split('\n', 1)[0]).join(', ')}); median ${known.toFixed(3)} ms for a user, ${unknown.toFixed(3)} ms for nobody, ${difference.toFixed(3)} ms apart`,
  )
}
await engine.stop()
process.exit(isSound ? 0 : 1)
