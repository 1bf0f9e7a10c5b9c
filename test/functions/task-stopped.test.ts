import { describe, expect, test } from 'vitest';
import { endStoppedLease } from '../../functions/task-stopped/end-stopped-lease.ts';
import { stoppedTaskOf } from '../../functions/task-stopped/stopped-task.ts';
import { createLeaseStore, dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { candidatePrefixOf } from '../../lib/ecs/index.ts';
import { createElection, type Timings } from '../../lib/index.ts';
import {
  createMemory,
  createMemoryStore,
  type FaultScript,
  manualClock,
  memoryLease,
  withFaults,
} from '../../lib/testing/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { OWN, stoppedTask, TASK_ARN } from './task-state-change.ts';

const OTHER_ARN = TASK_ARN.replace('0123', 'ffff');

describe('which events count', () => {
  test('STOPPED on Fargate, of this cluster and this service', () => {
    expect(stoppedTaskOf(stoppedTask(), OWN)).toBe(TASK_ARN);
    expect(stoppedTaskOf(stoppedTask({ capacityProviderName: 'FARGATE_SPOT' }), OWN)).toBe(
      TASK_ARN,
    );
  });

  test('nothing else', () => {
    const others = [
      stoppedTask({ lastStatus: 'STOPPING' }),
      stoppedTask({ lastStatus: 'DEPROVISIONING', desiredStatus: 'STOPPED' }),
      stoppedTask({ launchType: 'EC2' }),
      stoppedTask({ launchType: 'EXTERNAL' }),
      stoppedTask({ clusterArn: `${OWN.clusterArn}-2` }),
      stoppedTask({ group: 'service:other' }),
      stoppedTask({ group: 'family:worker' }),
      { ...stoppedTask(), source: 'my.app' },
      { ...stoppedTask(), 'detail-type': 'ECS Container Instance State Change' },
      {},
      undefined,
    ];
    expect(others.map((event) => stoppedTaskOf(event, OWN))).toEqual(others.map(() => undefined));
  });
});

describe('the end of a dead task’s lease', () => {
  const timings: Partial<Timings> = { leaseDurationMs: 30_000 };

  async function led(script: FaultScript = () => undefined) {
    const memory = createMemory();
    const clock = manualClock();
    const via = memoryLease(memory);
    const candidatePrefix = candidatePrefixOf(TASK_ARN);
    const make = (prefix = candidatePrefix) =>
      createElection({ name: 'e', via, timings, clock, candidatePrefix: prefix });
    await make().campaign();
    const store = withFaults(createMemoryStore(memory, 'e'), script);
    return { memory, clock, make, store };
  }

  test('frees the role at once, long before the lease would have ended', async () => {
    const { store, make } = await led();
    const standby = make('standby');
    expect(await standby.tryCampaign()).toBeUndefined();
    expect(await endStoppedLease(store, TASK_ARN)).toBe('ended');
    expect(await standby.tryCampaign()).toMatchObject({ token: 2n });
  });

  test('changes nothing for a task that does not lead, or where no task leads', async () => {
    const { store, memory } = await led();
    const before = memory.records.get('e');
    expect(await endStoppedLease(store, OTHER_ARN)).toBe('not-holding');
    expect(memory.records.get('e')).toBe(before);
    expect(await endStoppedLease(createMemoryStore(createMemory(), 'e'), TASK_ARN)).toBe(
      'not-holding',
    );
  });

  test('repeated and reordered events end no later leader’s lease', async () => {
    const { store, make, memory } = await led();
    expect(await endStoppedLease(store, TASK_ARN)).toBe('ended');
    expect(await endStoppedLease(store, TASK_ARN)).toBe('not-holding');
    await make('standby').campaign();
    const before = memory.records.get('e');
    expect(await endStoppedLease(store, TASK_ARN)).toBe('not-holding');
    expect(memory.records.get('e')).toBe(before);
  });

  test('a renewal that lands between the read and the write is read and ended too', async () => {
    let { memory, clock, store } = await led();
    let writes = 0;
    const late = withFaults(store, () => undefined);
    store = {
      ...late,
      async write(write, options) {
        writes += 1;
        // The dead task’s last renewal arrives only now.
        if (writes === 1) await clock.advance(9_000);
        return late.write(write, options);
      },
    };
    expect(await endStoppedLease(store, TASK_ARN)).toBe('ended');
    expect(writes).toBe(2);
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('an answer that is lost is no reason to fail', async () => {
    let lost = 0;
    const { store, memory } = await led((call) =>
      call.kind === 'write' && lost++ === 0 ? 'answer-lost' : undefined,
    );
    expect(await endStoppedLease(store, TASK_ARN)).toBe('ended');
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('fails when the store cannot be asked, so that Lambda delivers the event again', async () => {
    const { store } = await led(() => 'request-lost');
    await expect(endStoppedLease(store, TASK_ARN)).rejects.toThrow('request-lost');
  });
});

test('on DynamoDB the same write ends exactly that task’s lease', async () => {
  using table = await freshTable();
  const { client, tableName } = table;
  const via = dynamoDbLease({ client, tableName });
  const candidatePrefix = candidatePrefixOf(TASK_ARN);
  await createElection({ name: 'e', via, candidatePrefix }).campaign();
  const standby = createElection({ name: 'e', via });
  const store = createLeaseStore({ client, tableName, election: 'e', historyDays: 0 });
  expect(await endStoppedLease(store, OTHER_ARN)).toBe('not-holding');
  expect(await standby.tryCampaign()).toBeUndefined();
  expect(await endStoppedLease(store, TASK_ARN)).toBe('ended');
  await using term = await standby.tryCampaign();
  expect(term?.token).toBe(2n);
});
