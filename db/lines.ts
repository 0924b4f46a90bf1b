/**
 * Many JSON values in one row: a line each, deflated when there is enough of them. Every byte that PGlite gets costs it
 * some 40 ns on its way through the socket and the SQL functions, far more than deflating it here; and a reader who
 * looks for one call need only parse the lines that name it.
 */
import { promisify } from 'node:util'
import { deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'

export type Encoding = 'lines' | 'deflated'

export interface PackedLines {
  readonly encoding: Encoding
  readonly bytes: Buffer
}

// Below it the set-up of a compressor costs more than the bytes that it saves.
const deflateFromBytes = 2_048
const inflate = promisify(inflateRaw)

export function packLines(lines: readonly string[]): PackedLines {
  const bytes = Buffer.from(lines.join('\n'))
  if (bytes.length < deflateFromBytes) return { encoding: 'lines', bytes }
  // The lowest level: the lines repeat each other so much that higher ones gain little and cost a lot.
  return { encoding: 'deflated', bytes: deflateRawSync(bytes, { level: 1 }) }
}

export function unpackLines({ encoding, bytes }: PackedLines): string[] {
  return (encoding === 'deflated' ? inflateRawSync(bytes) : bytes).toString('utf8').split('\n')
}

/** For readers of many rows: inflates in the thread pool, so that signalling goes on in between. */
export async function unpackLinesAside({ encoding, bytes }: PackedLines): Promise<string[]> {
  return (encoding === 'deflated' ? await inflate(bytes) : bytes).toString('utf8').split('\n')
}
