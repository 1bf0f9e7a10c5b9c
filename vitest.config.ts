/**
 * Two projects, one after the other: tests that compute get one worker for each core, tests that wait
 * for processes and leases get three. Neither takes the time of the other.
 *
 * A verdict is never asked for twice. A deadline that passed is no verdict on a machine that stood
 * still: such a test of real processes is tried once more, and the report marks it with its retry.
 *
 * DynamoDB Local is started by the first test that asks for it and ended with the run; see
 * `test/support/global-setup.ts`.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const CORES = availableParallelism();

/**
 * Most of the time of a short process goes into reading TypeScript. Every worker, and every process that
 * a test starts, keeps what Node made of a file here: a `tenure --version` takes a third of the time.
 */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

/** Every other folder waits. */
const COMPUTING = [
  ...['architecture', 'core', 'fuzz', 'interleavings'],
  ...['model', 'runtime', 'scenarios', 'simulation'],
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // Deadlines that only a hang reaches, on a machine that ten other programs share.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Standard AWS variables of the machine must not leak into tests.
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'computing',
          include: COMPUTING,
          maxWorkers: CORES,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'waiting',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...COMPUTING],
          maxWorkers: 3 * CORES,
          sequence: { groupOrder: 1 },
          retry: { count: 1, condition: /^a deadline passed/ },
        },
      },
    ],
  },
});
