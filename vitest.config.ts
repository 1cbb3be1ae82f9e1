import os from 'node:os';
import { defineConfig } from 'vitest/config';

// Tests run from source: the '@matinee/source' export condition keeps a stale dist out of them.
const conditions = ['@matinee/source'];

if (process.env['MATINEE_EXTRA_DATA'] === undefined) {
  process.stderr.write(
    'left out: the tests on MovieLens 1M, which may not be redistributed (MATINEE_EXTRA_DATA is not set)\n',
  );
}

/** Tests that train, or run the command line as processes, for more than ten seconds. */
const SLOW = ['**/src/**/*.slow.test.ts'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        // Its tests run the command line as processes, from the build: compiling it in each would take longer than most
        // of them.
        test: {
          name: 'cli',
          include: ['apps/cli/src/**/*.test.ts'],
          exclude: SLOW,
          globalSetup: 'apps/cli/src/testing/build.ts',
        },
      },
      {
        extends: true,
        // npm run test:slow
        test: { name: 'slow', include: SLOW, globalSetup: 'apps/cli/src/testing/build.ts' },
      },
      {
        extends: true,
        test: {
          name: 'packages',
          exclude: SLOW,
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'apps/{server,web}/src/**/*.test.{ts,tsx}',
            'bench/**/*.test.ts',
            'examples/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
        },
      },
    ],
    pool: 'forks',
    // Vitest leaves one core to itself, and of two that is half the machine.
    maxWorkers: os.availableParallelism(),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
