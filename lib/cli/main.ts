#!/usr/bin/env node
/**
 * The bin of the package. If anything goes wrong, a user reads one line and no stack.
 *
 * It first imports nothing that needs a package or a current Node. Either may be missing, and that
 * too must be said in one line.
 */
import { missingPackageAdvice } from './election/missing-package.ts';
import { visible } from './terminal/visible.ts';

const EXIT_FAILED = 1;

function fail(error: unknown): never {
  const text =
    missingPackageAdvice(error) ??
    `unexpected: ${String(error).replaceAll(/\s+/g, ' ')}; set TENURE_DEBUG=1 to see where`;
  console.error(`tenure: ${visible(text)}`);
  if (process.env.TENURE_DEBUG) console.error(error);
  process.exit(EXIT_FAILED);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// A reader that left, as "head" does, has read enough. A verb that goes on for long ends itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
});

const NODE_MAJOR_MIN = 22;
if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(
    `tenure: needs Node.js ${NODE_MAJOR_MIN} or later, and this is ${process.versions.node}; install a ` +
      'newer one, from https://nodejs.org or with your version manager',
  );
  process.exit(EXIT_FAILED);
}

const { runProgram } = await import('./program.ts').catch(fail);
await runProgram(process.argv);
