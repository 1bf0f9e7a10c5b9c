/**
 * Scenarios of leaders' writes, each played with the rule and, where the scenario says so, without it.
 */
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type FenceOptions, fenced } from '../../lib/dynamodb/index.ts';
import { isRecordReference } from '../../lib/dynamodb/table/record-reference.ts';
import type { Term } from '../../lib/ports.ts';
import { holdingClient } from '../support/network/held-attempt.ts';
import { type FenceScene, playFenced } from './fence-scene.ts';
import type { Scenario } from './scenario.ts';

const scenario = (
  name: string,
  about: Pick<Scenario, 'shows' | 'without'>,
  act: (scene: FenceScene) => Promise<void>,
): Scenario => ({ name, ...about, play: () => playFenced(act) });

/** The one row that is written, by its name. */
function rowOf({ table, client, say }: FenceScene, name: string) {
  const TableName = table.tableName;
  const Key = { pk: { S: name }, sk: { S: name } };
  const put = (by: string): PutItemCommandInput => ({ TableName, Item: { ...Key, by: { S: by } } });
  return {
    put,
    write: (by: string, term: Term, fence?: FenceOptions) =>
      client(term, fence).send(new PutItemCommand(put(by))),
    delete: (term: Term, fence?: FenceOptions) =>
      client(term, fence).send(new DeleteItemCommand({ TableName, Key })),
    async show() {
      const { Item } = await table.client.send(
        new GetItemCommand({ TableName, Key, ConsistentRead: true }),
      );
      const deleted = Item?.fencingTokenTombstone ? 'deleted' : `written by ${Item?.by?.S}`;
      const stamp = Item?.fencingToken ? `stamp ${Item.fencingToken.N}` : 'no stamp';
      say('', Item ? `the row ${name} is ${deleted}, with ${stamp}` : `there is no row ${name}`);
    },
  };
}

/** A lease check as users write it by hand: the record must name the leader, and no row gets a stamp. */
function unstamped({ table }: FenceScene, term: Term, put: PutItemCommandInput) {
  if (!isRecordReference(term.lease)) throw new Error('a term without a record');
  const { pk, sk } = term.lease.key;
  const check = {
    TableName: term.lease.tableName,
    Key: { pk: { S: pk }, sk: { S: sk } },
    ConditionExpression: '#holder = :holder AND #token = :token',
    ExpressionAttributeNames: { '#holder': 'holder', '#token': 'token' },
    ExpressionAttributeValues: {
      ':holder': { S: term.candidateId },
      ':token': { N: String(term.token) },
    },
  };
  const TransactItems = [
    { ConditionCheck: check },
    { Put: { TableName: put.TableName, Item: put.Item } },
  ];
  return table.client.send(new TransactWriteItemsCommand({ TransactItems }));
}

export const FENCE_SCENARIOS: readonly Scenario[] = [
  scenario(
    '21 a lease-checked write leaves its stamp too',
    {
      shows: ['† lease check without the stamp'],
      without: 'a write that was under way when its leader was replaced covers the new leader’s',
    },
    async (scene) => {
      const { old, now, attempt, say } = scene;
      const [kept, lost] = [rowOf(scene, 'kept'), rowOf(scene, 'lost')];
      await attempt('b', 'writes kept, lease-checked', () =>
        kept.write('b', now, { check: 'lease' }),
      );
      await attempt('a', 'writes kept, by the stamp', () => kept.write('a', old));
      await kept.show();
      say('', 'without the rule: the same, and no stamp');
      await attempt('b', 'writes lost, lease-checked', () => unstamped(scene, now, lost.put('b')));
      await attempt('a', 'writes lost, by the stamp', () => lost.write('a', old));
      await lost.show();
    },
  ),
  scenario(
    '22 a deleted row leaves a tombstone, or all its writers are lease-checked',
    {
      shows: ['† delete under lease check with stamped writers'],
      without: 'the deletion takes the stamp away, and a replaced leader brings the row back',
    },
    async (scene) => {
      const { old, now, attempt, say, table } = scene;
      const really = { leaseChecked: [table.tableName] };
      const [stays, goes, back] = ['stays', 'goes', 'back'].map((name) => rowOf(scene, name));
      if (!stays || !goes || !back) return;
      await attempt('b', 'deletes stays, by the stamp', () => stays.delete(now));
      await attempt('a', 'writes stays, by the stamp', () => stays.write('a', old));
      await stays.show();
      await attempt('b', 'deletes goes, lease-checked', () => goes.delete(now, really));
      await attempt('a', 'writes goes, lease-checked', () => goes.write('a', old, really));
      await goes.show();
      say('', 'without the rule: one deletes under a lease check, the other writes by the stamp');
      await attempt('b', 'writes back, lease-checked', () => back.write('b', now, really));
      await attempt('b', 'deletes back, lease-checked', () => back.delete(now, really));
      await attempt('a', 'writes back, by the stamp', () => back.write('a', old));
      await back.show();
    },
  ),
  scenario(
    '23 state is taken over by a fenced write',
    {
      shows: ['† state taken over by a plain read'],
      without:
        'what an old leader saved between the read and the first save was acknowledged and is lost',
    },
    async (scene) => {
      const { old, now, attempt, say } = scene;
      const [before, after] = [scene.checkpoint(old), scene.checkpoint(now)];
      const tell = (who: string, state: readonly string[] | undefined) =>
        say(who, `has loaded ${JSON.stringify(state ?? [])}`);
      tell('a', await before.load());
      await attempt('a', 'saves ["one"]', () => before.save(['one']));
      say('', 'without the rule: b reads, and raises no stamp');
      const read = await scene.readState();
      await attempt('a', 'saves ["one","two"]', () => before.save(['one', 'two']));
      say('b', `would build on ${JSON.stringify(read)}, and lose "two"`);
      say('', 'with the rule: b loads, which raises the stamp');
      tell('b', await after.load());
      await attempt('a', 'saves ["one","two","three"]', () => before.save(['one', 'two', 'three']));
      await attempt('b', 'saves ["one","two","four"]', () => after.save(['one', 'two', 'four']));
      say('', `the state is ${JSON.stringify(await scene.readState())}`);
    },
  ),
  scenario(
    '26 a save replaces the state that it was built on, and no other',
    {
      shows: ['† a save that replaces whatever the row has'],
      without:
        'the first attempt of a save lands after later saves of its own term, and undoes them',
    },
    async (scene) => {
      const { now, attempt, say, table } = scene;
      using network = holdingClient(table.clientConfig);
      const row = rowOf(scene, 'plain');
      const put = (by: string) => fenced(network.client, now).send(new PutItemCommand(row.put(by)));
      const state = scene.checkpoint(now, network.client);
      say('', 'without the rule: b writes by the stamp, and the network holds a first attempt');
      network.holdNext();
      await attempt('b', 'writes one; the SDK tries again', () => put('b: one'));
      await attempt('b', 'writes two', () => put('b: two'));
      await network.letGo();
      say('', 'the first attempt lands');
      await row.show();
      say('', 'with the rule: the same with a checkpoint');
      await state.load();
      network.holdNext();
      await attempt('b', 'saves ["one"]; the SDK tries again', () => state.save(['one']));
      await attempt('b', 'saves ["one","two"]', () => state.save(['one', 'two']));
      await network.letGo();
      say('', `the first attempt lands: the state is ${JSON.stringify(await scene.readState())}`);
    },
  ),
];
