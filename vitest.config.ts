import { defineConfig } from 'vitest/config'

/** Deadlines are for what never happens: none of them may be met by a machine that is only slow. */
const shared = {
  testTimeout: 240_000,
  hookTimeout: 120_000,
  restoreMocks: true,
  expect: { poll: { timeout: 30_000 } },
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['{engine,server,db,dashboard}/**/*.test.ts', 'test/{house,contract,properties}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'scenarios',
          include: ['test/{scenarios,browser,package,process}/**/*.test.ts'],
          // Real sockets, real programs and two cores: one file at a time keeps their timing honest.
          fileParallelism: false,
        },
      },
    ],
  },
})
