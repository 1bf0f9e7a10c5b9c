/**
 * libfaketime, which gives one process a wall clock of its own.
 *
 * The process loads it by `LD_PRELOAD`; its monotonic clock stays as it is.
 */
import { globSync } from 'node:fs';

/** Debian's folder has the machine's architecture in its name; Fedora's has not. */
const PLACES = [
  '/usr/lib/*/faketime/libfaketime.so.1',
  '/usr/lib{,64}/faketime/libfaketime.so.1',
  '/usr/local/lib/faketime/libfaketime.so.1',
];

/** `undefined` where it is not installed. */
export function faketimeLibrary(): string | undefined {
  return globSync(PLACES)[0];
}

/**
 * The variables for a process whose wall clock is moved by `settings`, in libfaketime's own names.
 * @throws Error where it is not installed.
 */
export function movedClock(
  settings: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const library = faketimeLibrary();
  if (library === undefined) throw new Error('libfaketime is missing; run npm run test:tools');
  return { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', ...settings };
}
