import { defineConfig } from 'vitest/config'

const shared = { testTimeout: 20_000, hookTimeout: 30_000, restoreMocks: true }

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
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Real sockets, real programs and two cores: one file at a time keeps their timing honest.
          fileParallelism: false,
        },
      },
    ],
  },
})
