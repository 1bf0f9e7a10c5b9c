/** The name of a candidate: where it runs, and enough randomness that no two names are equal. */
import { hostname } from 'node:os';
import type { Random } from '../../ports.ts';

/** The end of a UUID: 62 random bits, beside a host and a process. */
const NONCE_CHARACTERS = 17;
/** A line of 80 columns holds the id, a time and what happened. */
const HOST_CHARACTERS_MAX = 20;

/** `prefix/nonce`; without a prefix `host.pid/nonce`. */
export function candidateIdOf(prefix: string | undefined, random: Random): string {
  return `${prefix ?? whereItRuns()}/${random.nonce().slice(-NONCE_CHARACTERS)}`;
}

/** An address names a host only as a whole. Of any other name the first part says enough. */
export function whereItRuns(): string {
  const name = hostname().replaceAll(/[^\w.-]/g, '');
  const host = /^[\d.]+$/.test(name) ? name : name.split('.')[0];
  return `${host?.slice(0, HOST_CHARACTERS_MAX) || 'host'}.${process.pid}`;
}
