/** Slow hashes of what people remember: web passwords, and the PINs that are pressed on a phone. */
export interface PasswordHash {
  hash(password: string): Promise<string>
  /** A null hash (no such user) takes as long as a real one and is never right. */
  verify(password: string, hash: string | null): Promise<boolean>
}
