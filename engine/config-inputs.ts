/** Parts of a definition by name, for who writes them in TypeScript: complete, with every default, and as a person writes them. */
import type { CenterInput } from './config.ts'

export type { FlowConfig, FlowStep } from './config-intake.ts'

/** A flow as a person writes it. */
export type FlowInput = NonNullable<CenterInput['flows']>[number]

export type FlowStepInput = NonNullable<FlowInput['steps']>[number]
