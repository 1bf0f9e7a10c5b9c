/**
 * A stage for leaders' writes: real elections and real fences on DynamoDB Local, and a frozen leader
 * that does not know that its term is over.
 *
 * The frozen leader's clock stands still, so that it believes in its term for as long as the scene
 * lasts; the clock of the world moves once, by the lease that its successor waits out.
 */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { checkpoint, dynamoDbLease, type FenceOptions, fenced } from '../../lib/dynamodb/index.ts';
import { createElection, type Term } from '../../lib/index.ts';
import { type ManualClock, manualClock } from '../../lib/testing/index.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { createTranscript, narrate } from './transcript.ts';

const NAME = 'scene';
const STATE_KEY = { pk: { S: 'state' }, sk: { S: 'state' } };

export interface FenceScene {
  readonly table: FreshTable;
  /** `a` leads with token 1 and is frozen; `b` waits its lease out and leads with token 2. */
  readonly old: Term;
  readonly now: Term;
  client(term: Term, fence?: FenceOptions): DynamoDBClient;
  /** The state as a plain read shows it. */
  readState(): Promise<unknown>;
  checkpoint(
    term: Term,
    through?: DynamoDBClient,
  ): ReturnType<typeof checkpoint<readonly string[]>>;
  /** Writes the outcome of the attempt into the transcript. */
  attempt(who: string, what: string, act: () => Promise<unknown>): Promise<void>;
  say(who: string, what: string): void;
}

export async function playFenced(act: (scene: FenceScene) => Promise<void>): Promise<string> {
  using table = await freshTable();
  const clock = manualClock();
  const transcript = createTranscript(() => clock.now().monotonicMs);
  const { say } = transcript;
  const candidate = (name: string, own: ManualClock) =>
    createElection({
      name: NAME,
      via: dynamoDbLease({ tableName: table.tableName, client: table.client, historyDays: 0 }),
      candidatePrefix: name,
      clock: own,
      journal: { record: (event) => say(name, narrate(event)) },
    });

  const frozen = candidate('a', manualClock());
  const old = await frozen.campaign();
  say('a', 'is frozen');
  const successor = candidate('b', clock);
  await successor.tryCampaign();
  await clock.advance(successor.timings.leaseDurationMs);
  const now = await successor.tryCampaign();
  if (now === undefined) throw new Error('a lease that was waited out was not taken');
  say('a', `thaws, and believes for another ${old.remainingMs()} ms`);
  await act({
    table,
    old,
    now,
    client: (term, fence) => fenced(table.client, term, fence),
    async readState() {
      const { Item } = await table.client.send(
        new GetItemCommand({ TableName: table.tableName, Key: STATE_KEY, ConsistentRead: true }),
      );
      return JSON.parse(Item?.checkpoint?.S ?? 'null');
    },
    checkpoint: (term, client = table.client) =>
      checkpoint(term, {
        client,
        tableName: table.tableName,
        key: { pk: STATE_KEY.pk.S, sk: STATE_KEY.sk.S },
        schemaVersion: 1,
        parse: (state) => state as readonly string[],
      }),
    async attempt(who, what, attempted) {
      const outcome = await attempted().then(
        () => 'admitted',
        (error: Error) => `refused: ${error.message.replaceAll(table.tableName, 'work')}`,
      );
      say(who, `${what} → ${outcome}`);
    },
    say,
  });
  return transcript.text;
}
