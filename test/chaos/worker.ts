/**
 * A worker for the chaos run: leads, and adds to a set in a fenced row. Says what was acknowledged.
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease, fenced } from '../../lib/dynamodb/index.ts';
import { createElection, isTenureError, type Term } from '../../lib/index.ts';

const { CHAOS_TABLE: tableName = '', CHAOS_ENDPOINT: endpoint = '' } = process.env;
const Key = { pk: { S: 'shared' }, sk: { S: 'set' } };
const clientConfig = {
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const election = createElection({
  name: 'chaos',
  via: dynamoDbLease({ tableName, clientConfig }),
  timings: { leaseDurationMs: 2_000, renewIntervalMs: 600 },
  journal: {
    record: (event) => {
      if (event.event === 'elected') say({ event: 'elected', token: String(event.token) });
      if (event.event === 'lost') say({ event: 'lost', why: event.why });
    },
  },
});

async function work(term: Term): Promise<void> {
  const client = new DynamoDBClient(clientConfig);
  try {
    await addUntilOver(fenced(client, term), term);
  } catch (error) {
    say({ event: 'work-failed', name: (error as Error).name });
  } finally {
    client.destroy();
  }
}

/** Reads by a fenced write, adds an element, writes the whole set back. */
async function addUntilOver(client: DynamoDBClient, term: Term): Promise<void> {
  const takeOver = new UpdateItemCommand({
    ...{ TableName: tableName, Key, ReturnValues: 'ALL_NEW' },
    UpdateExpression: 'SET #by = :by',
    ExpressionAttributeNames: { '#by': 'takenBy' },
    ExpressionAttributeValues: { ':by': { S: term.candidateId } },
  });
  const { Attributes } = await client.send(takeOver, within(term));
  const elements = [...(Attributes?.elements?.SS ?? [])];
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    const element = `${term.token}/${sequence}`;
    elements.push(element);
    await client.send(
      new UpdateItemCommand({
        ...{ TableName: tableName, Key },
        UpdateExpression: 'SET #elements = :elements',
        ExpressionAttributeNames: { '#elements': 'elements' },
        ExpressionAttributeValues: { ':elements': { SS: elements } },
      }),
      within(term),
    );
    say({ event: 'acknowledged', element });
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** A request that a partition swallowed must not keep a healthy leader from its work. */
function within(term: Term): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.any([term.signal, AbortSignal.timeout(1_000)]) };
}

const leave = new AbortController();
process.once('SIGTERM', () => leave.abort(new Error('SIGTERM')));
while (!leave.signal.aborted) {
  await election.leadWhile(work, { signal: leave.signal }).catch((error: Error) => {
    say({ event: 'campaign-failed', name: error.name });
    // What the error asks for: another process takes this one's place.
    if (isTenureError(error, 'WORK_STUCK')) process.exit(1);
  });
}
