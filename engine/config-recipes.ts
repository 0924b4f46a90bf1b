/** The recipes of a queue: what happens to a call that waits there when some conditions hold together. */
import Type, { type Static } from 'typebox'
import { WaitConditions } from './config-conditions.ts'
import { CallTarget, Prompts } from './config-intake.ts'

const closed = { additionalProperties: false }

const RecipeActions = Type.Object(
  {
    addSkills: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'an expression that is asked for as well' }),
    ),
    removeSkills: Type.Optional(
      Type.Array(Type.String({ minLength: 1, title: 'Skill' }), {
        minItems: 1,
        maxItems: 50,
        description: 'no longer required, whether by the queue or by the call',
      }),
    ),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'from now on; higher goes first' })),
    raisePriority: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'by so much, up to 100' })),
    announce: Type.Optional(
      Type.Object(
        {
          say: Type.Optional(Prompts('what is said first')),
          position: Type.Boolean({ default: false, description: 'the place in line' }),
          wait: Type.Boolean({ default: false, description: 'the estimated wait, in minutes' }),
        },
        { ...closed, description: 'what the caller hears, the music stops for it' },
      ),
    ),
    to: Type.Optional(CallTarget),
  },
  { ...closed, description: 'at least one of them; a way out stands alone' },
)
export type RecipeActions = Static<typeof RecipeActions>

/** What a recipe changes about what is required. What is removed goes first, so that one level may take another's place. */
export type SkillChange = Pick<RecipeActions, 'addSkills' | 'removeSkills'>

/** What a recipe can do. */
export const recipeActions = ['addSkills', 'removeSkills', 'priority', 'raisePriority', 'announce', 'to'] as const

export const RecipeConfig = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'default: #1 for the first' })),
    when: WaitConditions,
    do: RecipeActions,
    everyMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 86_400_000,
        description: 'not again before; absent: once for each call',
      }),
    ),
  },
  { ...closed, required: ['do'] },
)
export type RecipeConfig = Static<typeof RecipeConfig>

/** What a recipe is called: by its name, else by its place. */
export function recipeName({ name }: RecipeConfig, index: number): string {
  return name ?? `#${index + 1}`
}
