/** Bearer secrets: random, shown once, kept as SHA-256 only. They carry 256 random bits, so no slow hash is needed. */
import { createHash, randomBytes } from 'node:crypto'

export const apiKeyPrefix = 'stk_'

export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}

export function newApiKey(): string {
  return `${apiKeyPrefix}${randomBytes(32).toString('base64url')}`
}

/** A password that a person can type: 16 characters, no look-alikes, some 78 bits. */
export function newPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  let password = ''
  while (password.length < 16)
    // Bytes past the last multiple of the alphabet would favour its first letters.
    for (const byte of randomBytes(32))
      if (byte < 256 - (256 % alphabet.length) && password.length < 16) password += alphabet[byte % alphabet.length]
  return password
}

/** SHA-256, hex. Looking a hash up leaks nothing about the secret, so this is the constant-time compare. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
