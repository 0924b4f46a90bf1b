/** Who is who by TLS: one authority vouches for everybody of a test file, and everybody believes it. */
import type { TlsIdentity } from '../../engine/index.ts'
import { createAuthority } from '../../engine/node/testing/certificates.ts'

const authority = createAuthority()

/** For host names and addresses. */
export function tlsIdentity(...names: readonly string[]): TlsIdentity {
  return { ...authority.issue(...names), ca: authority.ca }
}
