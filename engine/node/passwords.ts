/**
 * Hashes of web passwords and PINs: scrypt (RFC 7914) with the parameters written into the hash, so that they can be raised
 * later without making old hashes useless. SIP passwords are another matter (HA1, kept by the store).
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { PasswordHash } from '../ports/password-hash.ts'

export interface ScryptCost {
  /** Base-2 logarithm of scrypt's N. */
  readonly log2N: number
  readonly r: number
  readonly p: number
}

const keyBytes = 32
const saltBytes = 16
/** Half of libuv's default pool: a flood of sign-ins must not starve name resolution and files. */
const maxRunning = 2

/** Default cost: 32 MiB and some 60 ms on a present-day core. */
export function createPasswords(cost: ScryptCost = { log2N: 15, r: 8, p: 1 }): PasswordHash {
  let running = 0
  const queue: (() => void)[] = []
  const decoy = format(cost, randomBytes(saltBytes), randomBytes(keyBytes))

  async function derive(password: string, salt: Uint8Array, { log2N, r, p }: ScryptCost): Promise<Buffer> {
    if (running >= maxRunning) await new Promise<void>(resolve => queue.push(resolve))
    else running += 1
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const options = { N: 2 ** log2N, r, p, maxmem: 256 * 2 ** log2N * r }
        // NFKC, so that the same password typed on another keyboard or system is the same bytes.
        scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) =>
          error === null ? resolve(key) : reject(error),
        )
      })
    } finally {
      // The slot goes straight to the next in line, so `running` stays as it is.
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return format(cost, salt, await derive(password, salt, cost))
    },
    async verify(password, hash) {
      const parsed = parse(hash ?? decoy) ?? parse(decoy)
      if (parsed === null) return false
      const key = await derive(password, parsed.salt, parsed.cost)
      return timingSafeEqual(key, parsed.key) && hash !== null && parse(hash) !== null
    },
  }
}

function format({ log2N, r, p }: ScryptCost, salt: Uint8Array, key: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  return `$scrypt$ln=${log2N},r=${r},p=${p}$${text(salt)}$${text(key)}`
}

function parse(hash: string): { cost: ScryptCost; salt: Buffer; key: Buffer } | null {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(hash)
  if (match === null) return null
  const [, log2N, r, p, salt = '', key = ''] = match
  const bytes = Buffer.from(key, 'base64url')
  if (bytes.length !== keyBytes) return null
  return {
    cost: { log2N: Number(log2N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: bytes,
  }
}
