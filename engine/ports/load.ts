/** How busy the thread is that does the signalling, as the engine sees it. */

export interface LoadSample {
  /** How late timers ran, on average. */
  readonly lagMs: number
  /** Part of the time in which there was always something left to do, 0 to 1. At 1 work waits where nobody sees it. */
  readonly busy: number
}

export interface LoadProbe {
  /** What was measured since the last sample. */
  sample(): LoadSample
  stop(): void
}

/** Never overloaded: for engines on virtual time. */
export const noLoad: LoadProbe = { sample: () => ({ lagMs: 0, busy: 0 }), stop: () => {} }
