import { expect, test } from 'vitest';
import { parseEnvironment } from '../../functions/environment.ts';
import { environmentOf } from '../../infra/constructs/election/environment.ts';
import { electionFromEnvironment } from '../../lib/index.ts';

const NEEDED = { TENURE_TABLE: 'leases', TENURE_ELECTION: 'reports' };

test('parses what the constructs set, timing by timing', () => {
  const timings = {
    leaseDurationMs: 30_000,
    renewIntervalMs: 9_000.5,
    marginMs: 600,
    lossGraceMs: 1_000,
    writeTimeoutMs: 900,
    drainMs: 5_000,
    settleMs: 0,
    rank: 1,
    staggerMs: 3_000,
    clockErrorMsMax: 0,
  };
  const variables = environmentOf({
    election: 'reports',
    table: { tableName: 'leases', attributeNames: { pk: 'PK', ttl: 'expires' } },
    timings,
    stopTimeoutMs: 30_000,
  });
  expect(electionFromEnvironment(variables)).toEqual({
    tableName: 'leases',
    attributeNames: { pk: 'PK', ttl: 'expires' },
    name: 'reports',
    timings,
    candidatePrefix: undefined,
    stopTimeoutMs: 30_000,
  });
});

test('leaves out what is left out, so that the defaults of the library hold', () => {
  expect(electionFromEnvironment({ ...NEEDED, TENURE_RANK: ' ' }).timings).toEqual({});
});

test('names everything that is wrong in one error', () => {
  const variables = { TENURE_TABLE: 'leases', TENURE_LEASE_MS: '10s', TENURE_DRAIN_MS: '-1' };
  const parse = () =>
    parseEnvironment(variables, (read) => ({
      ...read.election(),
      hold: read.choice('TENURE_HOLD', ['invocation', 'sticky']),
    }));
  expect(parse).toThrow(
    'TENURE_ELECTION must be set, got nothing; set it; TENURE_LEASE_MS must be a number of at least 0, ' +
      'got "10s"; correct it; TENURE_DRAIN_MS must be a number of at least 0, got "-1"; correct it',
  );
  expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
});

test('a choice has a default, and nothing beside what is allowed', () => {
  const hold = (value?: string) =>
    parseEnvironment({ TENURE_HOLD: value }, (read) =>
      read.choice('TENURE_HOLD', ['invocation', 'sticky']),
    );
  expect([hold(), hold('sticky')]).toEqual(['invocation', 'sticky']);
  expect(() => hold('keep')).toThrow('TENURE_HOLD must be one of invocation, sticky, got keep');
});
