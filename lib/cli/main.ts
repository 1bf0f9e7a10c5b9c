#!/usr/bin/env node
/**
 * The bin of the package. Whatever goes wrong, a person reads one line and no stack.
 *
 * Imports nothing that needs a package at first: what the program needs may not be installed, and that
 * too must be said in one line.
 */
import { missingPackageAdvice } from './election/missing-package.ts';

const EXIT_FAILED = 1;

function fail(error: unknown): never {
  const text =
    missingPackageAdvice(error) ??
    `unexpected: ${String(error).replaceAll(/\s+/g, ' ')}; set TENURE_DEBUG=1 to see where`;
  console.error(`tenure: ${text}`);
  if (process.env.TENURE_DEBUG) console.error(error);
  process.exit(EXIT_FAILED);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const { runProgram } = await import('./program.ts').catch(fail);
await runProgram(process.argv);
