/** The last resort after a fault: what still can be done is done. */
export function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // The first fault has been told; this one is of its making.
  }
}
