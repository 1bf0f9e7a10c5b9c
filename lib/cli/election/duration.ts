/** Durations as operators write them: `1500ms`, `10s`, `2m`. */
import { InvalidArgumentError } from 'commander';

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m)$/;
/** The longest that a timer of Node counts, 24 days. No timing is meant to be longer. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/** Milliseconds; fractions are kept. @throws InvalidArgumentError, which names the option and value. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  const unit = match?.[2] as keyof typeof MS_PER_UNIT | undefined;
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Give a number and a unit: 1500ms, 10s or 2m.');
  }
  const ms = Number(match[1]) * MS_PER_UNIT[unit];
  if (ms <= DURATION_MS_MAX) return ms;
  throw new InvalidArgumentError(`Give at most ${DURATION_MS_MAX}ms, which is 24 days.`);
}

/** As `parseDuration`, where 0 would be none. @throws InvalidArgumentError */
export function parseLastingDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('Give a duration above 0.');
}
