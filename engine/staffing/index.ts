/** The formulas of staffing: pure functions, for embedders, the server and the proof of the simulation. */
export { agentsNeeded, mostAgents, type StaffingGoal } from './agents-needed.ts'
export { erlangAFigures, type ImpatientLoad } from './erlang-a.ts'
export { erlangB } from './erlang-b.ts'
export { erlangC, erlangCFigures } from './erlang-c.ts'
export { fitPatienceSec } from './patience.ts'
export { type PriorityLoad, priorityWaitsSec } from './priority-wait.ts'
export { type Load, offeredErlangs, type StaffingFigures } from './staffing.ts'
