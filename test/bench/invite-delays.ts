/**
 * How long a caller's INVITE takes to become the agent's, as the wire saw it: tcpdump writes down the requests of both on the
 * loopback interface, with the kernel's clock, so that neither SIPp's turn nor ours is in the figure.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOn } from './process.ts'

export interface InviteCapture {
  /** Milliseconds of each call whose INVITEs were both seen, ascending. */
  stop(): Promise<readonly number[]>
}

/** The first four octets behind the header of UDP. */
const isInvite = 'udp[8:4] = 0x494e5649'
/** By then it has begun, or says why it can't. */
const beginsMs = 10_000

/** Whether there is a program that sees the wire, and somebody who may. */
export function canCapture(): boolean {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    return false
  }
}

/** @throws Error with what tcpdump says if it does not begin */
export async function captureInvites(core: number, sipPort: number): Promise<InviteCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-capture-'))
  const file = join(folder, 'invites.pcap')
  const filter = `udp port ${sipPort} and ${isInvite}`
  const options = ['-i', 'lo', '-Z', 'root', '-s', '1024', '-B', '16384', '-w', file]
  const { child, exited, output } = startOn(core, 'tcpdump', [...options, filter])
  await new Promise<void>((resolve, reject) => {
    const fail = () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
      reject(new Error(`tcpdump did not begin: ${output()}`))
    }
    const late = setTimeout(fail, beginsMs)
    child.stderr?.on('data', () => {
      if (!output().includes('listening on')) return
      clearTimeout(late)
      resolve()
    })
  })
  return {
    async stop() {
      child.kill('SIGINT')
      await exited
      const delays = inviteDelaysMs(readFileSync(file), sipPort)
      rmSync(folder, { recursive: true, force: true })
      return delays
    },
  }
}

/** Lengths of the headers in front of a datagram on the loopback interface: Ethernet, IPv4 without options, UDP. */
const headers = { file: 24, record: 16, link: 14, ip: 20, udp: 8 }

/**
 * Pairs each first INVITE to a port with the first one from it that has the same user in From, which we carry over.
 *
 * @param pcap a capture file in this machine's order of octets, microseconds (the classic format of libpcap)
 */
export function inviteDelaysMs(pcap: Buffer, sipPort: number): readonly number[] {
  const arrived = new Map<string, number>()
  const delays: number[] = []
  for (const { atMs, toPort, text } of datagrams(pcap)) {
    const caller = /^f(?:rom)?:[^\r\n]{0,100}?<?sips?:([^@\r\n]{1,64})@/im.exec(text)?.[1]
    if (caller === undefined) continue
    const since = arrived.get(caller)
    if (toPort === sipPort) {
      if (since === undefined) arrived.set(caller, atMs)
    } else if (since !== undefined && since !== answered) {
      delays.push(atMs - since)
      arrived.set(caller, answered)
    }
  }
  return delays.sort((a, b) => a - b)
}

/** Its agent has been seen: what follows are repetitions. */
const answered = Number.NEGATIVE_INFINITY

function* datagrams(pcap: Buffer): Iterable<{ readonly atMs: number; readonly toPort: number; readonly text: string }> {
  for (let at = headers.file; at + headers.record <= pcap.length; ) {
    const captured = pcap.readUInt32LE(at + 8)
    const udp = at + headers.record + headers.link + headers.ip
    const end = at + headers.record + captured
    // The last one may have been cut off.
    if (end > pcap.length) return
    yield {
      atMs: pcap.readUInt32LE(at) * 1_000 + pcap.readUInt32LE(at + 4) / 1_000,
      toPort: pcap.readUInt16BE(udp + 2),
      text: pcap.toString('latin1', udp + headers.udp, end),
    }
    at = end
  }
}
