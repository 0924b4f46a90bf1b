/** For drizzle-kit: `npx drizzle-kit generate` writes the migration that leads from the last one to `db/schema.ts`. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'postgresql', schema: './db/schema.ts', out: './db/migrations' })
