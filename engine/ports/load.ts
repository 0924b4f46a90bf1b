/** How busy the thread is that does the signalling, as the engine sees it. */

export interface LoadProbe {
  /** How late timers ran on average since this was asked last. */
  lagMs(): number
  stop(): void
}

/** Never late: for engines on virtual time. */
export const noLoad: LoadProbe = { lagMs: () => 0, stop: () => {} }
