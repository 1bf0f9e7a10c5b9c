import { describe, expect, it } from 'vitest';
import { MUTANTS, SOUND } from './checks.ts';
import { objection, verify } from './spin.ts';

// Only the searches that take seconds; `npm run prove:model` runs all.
const QUICK = SOUND.filter(({ define }) => !define.includes('RESOURCE'));
const TIME_MS_MAX = 300_000;

describe('the models of the protocols', () => {
  it.each(QUICK)(
    'hold in every reachable state: $model, $proves',
    { timeout: TIME_MS_MAX },
    async (check) => {
      expect(objection(await verify(check))).toBeUndefined();
    },
  );

  it.each(MUTANTS)(
    'are violated without a rule: $model, $proves',
    { timeout: TIME_MS_MAX },
    async (check) => {
      expect(objection(await verify(check))).toBeUndefined();
    },
  );
});
