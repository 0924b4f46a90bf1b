/**
 * Erlang A (M/M/c+M): as Erlang C, but callers give up after an exponential time. Always has a steady state.
 *
 * How many wait follows from the birth–death process: death at n·μ up to c calls, c·μ + (n − c)·θ above. How long they
 * wait follows from the density of the wait that a caller without end of patience would have, which is proportional to
 * exp(λ·(1 − e^(−θx))/θ − cμx) (level crossing; the wait is over when everyone ahead is served or has given up).
 */
import { erlangB } from './erlang-b.ts'
import { type Load, offeredErlangs, type StaffingFigures } from './staffing.ts'

export interface ImpatientLoad extends Load {
  /** Mean time after which a waiting caller gives up. Greater than 0. */
  readonly patienceSec: number
}

/** Terms smaller than this part of the sum don't change it. */
const negligible = 1e-17
/** Sums are scaled down before they overflow. */
const ceiling = 1e200
/** Where the density has fallen by e to this power, nothing is left of it. */
const tailExponent = 42
/** Simpson's rule is used on this many intervals on each side of the target: an error below 1e-9. */
const intervals = 2_000

/** @param targetSec of the service level */
export function erlangAFigures(load: ImpatientLoad, agents: number, targetSec: number): StaffingFigures {
  const { arrivalsPerSec, patienceSec } = load
  const { waitProbability, waiting } = queueOf(load, agents)
  const abandonment = Math.min(1, waiting / patienceSec / arrivalsPerSec)
  const answered = 1 - abandonment
  const wait = waitOf(load, agents, targetSec)
  return {
    agents,
    waitProbability,
    asaSec: answered === 0 ? 0 : (waitProbability * wait.servedSec) / answered,
    serviceLevel: 1 - waitProbability + waitProbability * wait.servedInTime,
    abandonment,
    occupancy: (offeredErlangs(load) * answered) / agents,
    waiting,
  }
}

/** The birth–death process, in weights relative to the state in which all are busy and nobody waits. */
function queueOf(load: ImpatientLoad, agents: number) {
  const { arrivalsPerSec, handleSec, patienceSec } = load
  // Infinite when so many agents are never all busy: the shares below are 0 then.
  let below = 1 / erlangB(agents, offeredErlangs(load))
  let term = 1
  let waitingStates = 0
  let waitingSum = 0
  let allBusy = 1
  for (let waiting = 1; ; waiting += 1) {
    const leavingPerSec = agents / handleSec + waiting / patienceSec
    term *= arrivalsPerSec / leavingPerSec
    waitingStates += term
    waitingSum += waiting * term
    if (arrivalsPerSec < leavingPerSec && waiting * term <= negligible * (waitingSum + allBusy)) break
    if (waitingSum > ceiling) {
      below /= ceiling
      term /= ceiling
      waitingStates /= ceiling
      waitingSum /= ceiling
      allBusy /= ceiling
    }
  }
  // `below` counts the state that all others are relative to as well.
  const total = below + waitingStates
  return { waitProbability: (allBusy + waitingStates) / total, waiting: waitingSum / total }
}

/** Of those who have to wait: the share that is served within the target, and the mean of the wait where served (else 0). */
function waitOf(load: ImpatientLoad, agents: number, targetSec: number) {
  const { arrivalsPerSec, handleSec, patienceSec } = load
  const servedPerSec = agents / handleSec
  const exponent = (sec: number) => arrivalsPerSec * patienceSec * -Math.expm1(-sec / patienceSec) - servedPerSec * sec
  const peakSec = Math.max(0, patienceSec * Math.log(arrivalsPerSec / servedPerSec))
  const highest = exponent(peakSec)
  const density = (sec: number) => Math.exp(exponent(sec) - highest)
  const hasFallen = (sec: number) => exponent(sec) < highest - tailExponent
  let widthSec = Math.min(patienceSec, 1 / servedPerSec)
  while (!hasFallen(peakSec + widthSec)) widthSec *= 1.5
  const endSec = peakSec + widthSec
  let startSec = hasFallen(0) ? peakSec : 0
  for (let step = startSec / 2; step > peakSec / 4096; step /= 2) if (!hasFallen(startSec - step)) startSec -= step
  const middleSec = Math.min(endSec, Math.max(startSec, targetSec))
  const served = (sec: number) => density(sec) * Math.exp(-sec / patienceSec)
  const over = (value: (sec: number) => number) =>
    [simpson(value, startSec, middleSec), simpson(value, middleSec, endSec)] as const
  const [allEarly, allLate] = over(density)
  const [inTime] = over(served)
  const [waitEarly, waitLate] = over(sec => sec * served(sec))
  const all = allEarly + allLate
  return { servedInTime: inTime / all, servedSec: (waitEarly + waitLate) / all }
}

function simpson(value: (at: number) => number, from: number, to: number): number {
  const step = (to - from) / intervals
  if (step <= 0) return 0
  let sum = value(from) + value(to)
  for (let index = 1; index < intervals; index += 1) sum += value(from + index * step) * (index % 2 === 1 ? 4 : 2)
  return (sum * step) / 3
}
