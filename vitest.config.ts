import { defineConfig } from 'vitest/config';

/** One configuration for every workspace; each runs `vitest run --config ../../vitest.config.ts` in its own folder. */
export default suite(['test/**/*.test.ts'], ['**/*.long.test.ts', '**/node_modules/**'], 'test-results.json');

/** The settings that the tests of `npm test` and the long ones (`vitest.long.config.ts`) share. */
export function suite(include: string[], exclude: string[], outputFile: string) {
  return defineConfig({
    test: {
      root: process.cwd(),
      include,
      exclude,
      // Tests of memory collect garbage before they measure.
      execArgv: ['--expose-gc'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      reporters: ['dot', ['json', { outputFile }]],
    },
  });
}
