/** The findings of `tenure doctor` in words: a sign, the check, what was found, and what to do. */
import { type Line, painted } from '../terminal/line.ts';
import type { Finding } from './checks.ts';

const SIGNS = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: 'skipped' } as const;
const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;
const SIGN_WIDTH = 9;
const CHECK_WIDTH = 13;

export function findingLines(findings: readonly Finding[]): readonly Line[] {
  return findings.flatMap(({ check, result, says, advice }): Line[] => {
    const sign = painted(COLOURS[result], SIGNS[result].padEnd(SIGN_WIDTH));
    const indent = ' '.repeat(SIGN_WIDTH + CHECK_WIDTH);
    const found = [sign, `${check.padEnd(CHECK_WIDTH)}${says}`];
    return advice === undefined ? [found] : [found, `${indent}${advice}`];
  });
}
