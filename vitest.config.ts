import { defineConfig } from 'vitest/config';

/** One configuration for every workspace; each runs `vitest run --config ../../vitest.config.ts` in its own folder. */
export default defineConfig({
  test: {
    root: process.cwd(),
    include: ['test/**/*.test.ts'],
    // Tests of memory collect garbage before they measure.
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['dot', ['json', { outputFile: 'test-results.json' }]],
  },
});
