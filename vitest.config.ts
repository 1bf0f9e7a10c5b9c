/**
 * One configuration for every test. DynamoDB Local is started by the first test that asks for it and
 * ended with the run; see `test/support/global-setup.ts`.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real processes and a real engine on a shared machine: a deadline that only a hang reaches.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // Standard AWS variables of the machine must not leak into tests.
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  },
});
