/**
 * Where the app finds what it deploys, in the sources of this package.
 */
import { join } from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs';

/** What the image is built for and the task asks for: one choice, or the program could not start. */
export const ARCHITECTURES = {
  arm: { cpuArchitecture: CpuArchitecture.ARM64, platform: Platform.LINUX_ARM64 },
  x86: { cpuArchitecture: CpuArchitecture.X86_64, platform: Platform.LINUX_AMD64 },
} as const;

export type ArchitectureName = keyof typeof ARCHITECTURES;

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
