/**
 * What a deployment says in its tasks reaches `tenure run`: table, lease and the other timings.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLeaseStore } from '../../../lib/dynamodb/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { program, startTenure } from '../../support/tenure.ts';

async function leaseOf(env: Readonly<Record<string, string>>, ...options: readonly string[]) {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const command = program('command.ts');
  const run = startTenure(['run', 'orders', ...options, '--json', '--', ...command], table, {
    env,
  });
  await run.event('elected');
  const { client, tableName } = table;
  const store = createLeaseStore({ client, tableName, election: 'orders', historyDays: 0 });
  const seen = await store.read({ consistency: 'strong', signal: AbortSignal.timeout(20_000) });
  run.signal('SIGTERM');
  await run.ended();
  return seen.kind === 'present' ? seen.record.leaseDurationMs : undefined;
}

describe('tenure run', () => {
  it('takes the timings of the environment', async () => {
    expect(await leaseOf({ TENURE_LEASE_MS: '45000' })).toBe(45_000);
  });

  it('takes an option before the environment', async () => {
    expect(await leaseOf({ TENURE_LEASE_MS: '45000' }, '--lease', '50s')).toBe(50_000);
  });

  it('refuses a variable that is no number, by its name', async () => {
    const run = startTenure(['run', 'orders', '--', 'true'], undefined, {
      env: { TENURE_LEASE_MS: '45s' },
    });

    expect(await run.ended()).toMatchObject({ code: 2 });
    expect(run.stderr()).toContain('TENURE_LEASE_MS must be a number of at least 0, got "45s"');
  });
});
