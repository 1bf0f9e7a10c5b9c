/**
 * Finds the guardian for this process's wills: one that it is told of, one that is its ancestor,
 * one that it starts, or none.
 */
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GUARD_VARIABLE } from '../../core/will/will.ts';
import type { Guardian } from '../../ports.ts';
import { guardianOver } from './guardian-channel.ts';

export type LastWill = 'guard' | 'spawn' | 'none' | Guardian;

/** One guardian for the process: its elections share it. */
let guarding: Guardian | undefined;
let spawned: Guardian | undefined;

export function findGuardian(lastWill: LastWill = 'guard'): Guardian | undefined {
  if (typeof lastWill === 'object') return lastWill;
  switch (lastWill) {
    case 'none':
      return undefined;
    case 'spawn':
      spawned ??= guardianOver(spawnGuardian);
      return spawned;
    case 'guard': {
      const address = process.env[GUARD_VARIABLE];
      if (address) guarding ??= guardianOver(() => connectTo(address));
      return guarding;
    }
  }
}

export function lastWillProblems(lastWill: unknown): string[] {
  if (lastWill === undefined || lastWill === 'guard' || lastWill === 'none') return [];
  if (typeof (lastWill as Partial<Guardian> | null)?.told === 'function') return [];
  if (lastWill !== 'spawn') {
    return [
      `lastWill must be 'guard', 'spawn' or 'none', got ${String(lastWill)}; give one of them`,
    ];
  }
  if (process.env.AWS_LAMBDA_FUNCTION_NAME) {
    return [
      "lastWill 'spawn' does nothing in Lambda, which freezes a guardian together with its process; " +
        'leave it out: the lease of an invocation ends with it',
    ];
  }
  if (existsSync(guardianFile())) return [];
  return [
    `lastWill 'spawn' needs the file ${guardianFile()}, which a bundle leaves out; keep the package ` +
      "external to the bundle, or start the program with 'tenure guard'",
  ];
}

async function connectTo(address: string) {
  const { connect } = await import('node:net');
  // An address without a file begins with @, as in /proc/net/unix.
  const path = address.startsWith('@') ? `\0${address.slice(1)}` : address;
  const socket = connect({ path });
  socket.unref();
  return socket;
}

async function spawnGuardian() {
  const { spawn } = await import('node:child_process');
  const guardian = spawn(process.execPath, [...SMALL, guardianFile(), String(process.pid)], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // A signal to the terminal's process group must not end the guardian.
    detached: true,
  });
  guardian.on('error', () => undefined);
  guardian.unref();
  const { stdin } = guardian;
  (stdin as typeof stdin & { unref?(): void }).unref?.();
  return stdin;
}

/** The guardian holds a few kilobytes: a small heap and no compiler save a fifth of its memory. */
const SMALL = ['--max-semi-space-size=1', '--max-old-space-size=32', '--no-opt'];

/** As TypeScript in the repository and as JavaScript in the package. */
function guardianFile(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`../../guard/spawned${extname(here)}`, import.meta.url));
}
