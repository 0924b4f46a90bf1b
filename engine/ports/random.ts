/** Randomness as the engine sees it: secure in production, seeded in tests and simulation. */
export interface Random {
  /** A float in [0, 1). */
  float(): number
  /** An integer in [0, 2^32). */
  uint32(): number
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
}
