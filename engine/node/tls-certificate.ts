/** Certificates as the operator gives them and as peers show them. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { TlsIdentity } from '../ports/network.ts'

/** @throws Error of code ERR_TLS_IDENTITY, whose message says in words what is wrong. */
export function checkIdentity({ cert, key, ca }: TlsIdentity): void {
  const certificate = read('the certificate is not a PEM certificate', () => new X509Certificate(cert))
  const privateKey = read('the key is not a PEM private key without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw unusable('the key does not belong to the certificate')
  if (ca !== undefined) read('the authority is not a PEM certificate', () => new X509Certificate(ca))
}

/** The names that a certificate is for, lower case: hosts, addresses, and the hosts of `sip:` URIs (RFC 5922 §7.1). */
export function namesIn({ subject, subjectaltname }: PeerCertificate): readonly string[] {
  if (subjectaltname === undefined) {
    const name: unknown = subject?.CN
    return typeof name === 'string' ? [name.toLowerCase()] : []
  }
  return subjectaltname.split(', ').flatMap(entry => {
    // A name that holds a comma or a quote is written as JSON: nothing that could be a host.
    const match = /^(?:DNS|IP Address|URI:sips?):([^",@]+)$/.exec(entry)
    return match?.[1] === undefined ? [] : [match[1].toLowerCase()]
  })
}

function read<T>(fault: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw unusable(fault)
  }
}

function unusable(fault: string): Error {
  return Object.assign(new Error(fault), { code: 'ERR_TLS_IDENTITY' })
}
