#!/usr/bin/env node
/**
 * The bin of the package. Whatever goes wrong, a person reads one line and no stack.
 *
 * Imports nothing that needs a package at first: what the program needs may not be installed, and that
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
// A reader that has left, as "head" does, has read what it wanted: a verb that goes on for long ends itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
});

const { runProgram } = await import('./program.ts').catch(fail);
await runProgram(process.argv);
