/**
 * Where the app finds what it deploys, in the sources of this package.
 */
import { join } from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';

const root = join(import.meta.dirname, '..');

export const SOURCES = {
  root,
  lockFile: join(root, 'package-lock.json'),
  leaderTask: join(root, 'functions', 'leader-task', 'index.ts'),
  /** Built from the root, of which it gets what it needs and nothing else. */
  workerImage: {
    file: 'functions/worker/Dockerfile',
    ignoreMode: IgnoreMode.DOCKER,
    exclude: ['*', '!package.json', '!package-lock.json', '!tsconfig*.json', '!lib', '!functions'],
  },
};
