import { expect, test } from 'vitest';
import { createGroup } from '../../lib/index.ts';
import { leaderOnly, makeLeaderOnly } from '../../lib/lambda/index.ts';
import { memoryGroup } from '../../lib/testing/index.ts';
import { invocations, TIMINGS } from './invocations.ts';

const { election } = invocations();
const good = { election: election() };
const make = (options: object) => () => makeLeaderOnly(() => 1, { ...good, ...options });

test('an unknown option is an error, as with every middleware of middy', () => {
  expect(make({ holds: 'sticky' })).toThrow(
    'option holds is not known; allowed are election, hold',
  );
  expect(() => leaderOnly({ ...good, setToContex: true } as never)).toThrow('setToContex');
  expect(make({ setToContext: true })).toThrow('setToContext');
  expect(() => leaderOnly({ ...good, setToContext: true, internalKey: 'leader' })).not.toThrow();
});

test('every wrong value is named with what is allowed', () => {
  expect(make({ hold: 'forever' })).toThrow('hold must be invocation or sticky, got forever');
  expect(make({ notLeading: 'ignore' })).toThrow('notLeading must be skip, throw or batch');
  expect(make({ waitLease: 'yes' })).toThrow('waitLease must be true or false, got yes');
  expect(make({ notLeading: 'throw', answer: 1 })).toThrow('answer is only for notLeading skip');
  expect(make({ reserveMs: 10 })).toThrow(
    'reserveMs must be at least writeTimeoutMs (1000), got 10',
  );
  expect(make({ election: {} })).toThrow('election must be what createElection() returns');
  const group = createGroup({ name: 'orders', partitions: 4, via: memoryGroup() });
  expect(make({ election: group })).toThrow('got a group: a Lambda function cannot be its member');
});

test('sticky demands the longest gap, and a lease that outlasts it', () => {
  expect(make({ hold: 'sticky' })).toThrow('gapMsMax must be a number of milliseconds above 0');
  expect(make({ hold: 'sticky', gapMsMax: 60_000 })).toThrow(
    'leaseDurationMs must exceed gapMsMax + renewIntervalMs + writeTimeoutMs + marginMs + ' +
      'lossGraceMs (65200) with hold sticky, got 10000',
  );
  expect(make({ gapMsMax: 60_000 })).toThrow('gapMsMax is only for hold sticky');
  // 10,000 − 3,000 − 1,000 − 200 − 1,000: at this limit no time to work would be left.
  expect(make({ hold: 'sticky', gapMsMax: 4_800 })).toThrow('(10000)');
  expect(make({ hold: 'sticky', gapMsMax: 4_799 })).not.toThrow();
});

test('a cold environment needs a stated clock bound, or leave to wait a lease', () => {
  const unbound = election({ timings: TIMINGS });
  expect(make({ election: unbound })).toThrow(
    'a cold environment must be able to tell that a leader is dead, got neither ' +
      'timings.clockErrorMsMax nor waitLease',
  );
  expect(make({ election: unbound, waitLease: true })).not.toThrow();
});
