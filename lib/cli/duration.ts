/**
 * Durations as people write them: `1500ms`, `10s`, `2m`.
 */
import { InvalidArgumentError } from 'commander';

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m)$/;

/** Milliseconds; fractions are kept. @throws InvalidArgumentError, which names the option and value. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  const unit = match?.[2] as keyof typeof MS_PER_UNIT | undefined;
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Give a number and a unit: 1500ms, 10s or 2m.');
  }
  return Number(match[1]) * MS_PER_UNIT[unit];
}
