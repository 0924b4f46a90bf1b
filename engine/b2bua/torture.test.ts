/**
 * Every message of RFC 4475 and RFC 5118 §4, over UDP and TCP, from a trunk to the whole door: which answer it gets. What
 * is legal is served as far as we serve its kind at all; what is broken is refused or dropped.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { digestText, nonceOf } from './testing/digest.ts'
import { type Door, doorCenter, openDoor, responses, statuses, trunkHost } from './testing/door.ts'

const folderOf = (folder: string) => new URL(`../sip/message/${folder}/`, import.meta.url)
const read = (folder: string, name: string) => readFileSync(new URL(`${name}.dat`, folderOf(folder)))

/** An INVITE that becomes a call: what its caller hears first. */
const call = 180
/** Nothing is answered. */
const silence = 0

/** The answer over UDP; over TCP too, unless it is told apart. */
type Case = readonly [name: string, status: number, overTcp?: readonly number[]]
const table: readonly Case[] = [
  ['wsinv', 481],
  ['intmeth', 405],
  // "sips:user@example.com" as a user: a number that nobody has.
  ['esc01', 404],
  ['escnull', 401],
  ['esc02', 405],
  ['lwsdisp', 200],
  ['longreq', call],
  // What is behind the body is another request on a stream, and nothing in a datagram (§3.1.1.8).
  ['dblreq', 401, [401, 404]],
  ['semiuri', 200],
  ['transports', 200],
  ['mpart01', 405],
  ['unreason', silence],
  ['noreason', silence],
  ['badinv01', silence],
  // A stream can only wait for the rest of the body.
  ['clerr', 400, []],
  ['ncl', 400, []],
  ['scalar02', 400],
  ['scalarlg', silence],
  ['quotbal', 400],
  ['ltgtruri', 400],
  ['lwsruri', 400],
  ['lwsstart', 400],
  ['trws', 200],
  ['escruri', call],
  ['baddn', 200],
  ['baddate', call],
  ['regbadct', 401],
  ['badaspec', 400],
  ['badvers', 505],
  ['mismatch01', 400],
  ['mismatch02', 400],
  ['bigcode', silence],
  ['badbranch', 200],
  ['insuf', silence],
  ['unkscm', 416],
  ['novelsc', 416],
  ['unksm2', 401],
  ['bext01', 420],
  ['invut', 415],
  ['regaut01', 401],
  ['multi01', 400],
  ['mcl01', 400],
  ['bcast', silence],
  // OPTIONS is not forwarded, so that the last hop is as good as any (§3.3.11).
  ['zeromf', 200],
  ['cparam01', 401],
  ['cparam02', 401],
  ['regescrt', 401],
  // It accepts no session description in return.
  ['sdp01', 406],
  ['inv2543', 404],
]

const ipv6: readonly Case[] = [
  ['ipv6-good', 401],
  ['ipv6-bad', 400],
  ['port-ambiguous', 401],
  ['port-unambiguous', 401],
  ['via-received-param-with-delim', 481],
  ['via-received-param-no-delim', 200],
  ['ipv6-in-sdp', call],
  ['mult-ip-in-header', 481],
  ['mult-ip-in-sdp', call],
  ['ipv4-mapped-ipv6', call],
  // A third colon, which the grammar of RFC 3261 allows by mistake, is to be borne.
  ['ipv6-bug-abnf-3-colons', 200],
  ['ipv6-correct-abnf-2-colons', 200],
]

const cases = (
  [
    ['torture', table],
    ['torture-ipv6', ipv6],
  ] as const
).flatMap(([folder, entries]) => entries.map(([file, status, overTcp]) => ({ folder, file, status, overTcp })))
const name = (file: string) => file.replace('.dat', '')

async function expectUnharmed(door: Door): Promise<void> {
  const alive = [
    'OPTIONS sip:a@10.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 10.1.0.9;branch=z9hG4bKalive;rport',
    'From: <sip:a@b>;tag=1',
    'To: <sip:a@b>',
    'Call-ID: alive',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
  expect(statuses(await door.send({ host: '10.1.0.9', port: 5060 }, alive))).toEqual([200])
  expect(door.faults).toEqual([])
  door.close()
}

describe('RFC 4475 and RFC 5118 at the door', () => {
  it('are here as a whole', () => {
    expect(table.map(([entry]) => entry).sort()).toEqual(readdirSync(folderOf('torture')).map(name).sort())
    expect(ipv6.map(([entry]) => entry).sort()).toEqual(readdirSync(folderOf('torture-ipv6')).map(name).sort())
    expect([table.length, ipv6.length]).toEqual([49, 12])
  })

  it.each(cases)('$folder/$file over UDP: $status', async ({ folder, file, status }) => {
    const door = await openDoor()
    const answers = await door.send({ host: trunkHost, port: 5060 }, read(folder, file))
    expect(statuses(answers)).toEqual(status === silence ? [] : [status])
    expect(answers.every(({ to }) => to.host === trunkHost)).toBe(true)
    await expectUnharmed(door)
  })

  it.each(cases)('$folder/$file over TCP: $status', async ({ folder, file, status, overTcp }) => {
    const door = await openDoor()
    const connection = door.connect(trunkHost)
    const answers = statuses(connection.send(read(folder, file)))
    const expected = overTcp ?? (status === silence ? [] : [status])
    expect(answers).toEqual(expected)
    await expectUnharmed(door)
  })

  it('the registrar judges the contacts of those whom it knows', async () => {
    const agents = ['user', 'watson'].map(id => ({ id, password: 'secret' }))
    for (const [file, status] of [
      // A question mark in a bare address is none of the URI's (§3.1.2.13).
      ['regbadct', 400],
      ['cparam01', 200],
      ['cparam02', 200],
      ['regescrt', 200],
    ] as const) {
      const door = await openDoor({ center: { ...doorCenter, agents } })
      const text = read('torture', file).toString('latin1')
      const username = /To:\s*sip:(\w+)@/i.exec(text)?.[1] ?? ''
      const from = { host: trunkHost, port: 5060 }
      const [challenge] = responses(await door.send(from, text))
      const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? '')
      const uri = /^REGISTER (\S+)/.exec(text)?.[1] ?? ''
      const authorization = digestText({ username, password: 'secret', method: 'REGISTER', uri, nonce })
      const again = text
        .replace('\r\n', `\r\nAuthorization: ${authorization}\r\n`)
        .replace(/(branch=[^\s;]+)/, '$1again')
        .replace(/CSeq:\s*(\d+)/i, (_found, number) => `CSeq: ${Number(number) + 1}`)
      expect(statuses(await door.send(from, again)), file).toEqual([status])
      await expectUnharmed(door)
    }
  })
})
