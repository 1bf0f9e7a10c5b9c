/**
 * Lambda on a FIFO queue: each tick puts its body in place as the election's current state.
 *
 * The row `ticks#<election>` of the table holds what the newest tick said and the tick's token as its
 * stamp, so an invocation that was frozen and woke after a later tick is refused. The body must be JSON:
 * a tick that is not fails, and after the queue's `maxReceiveCount` is in the dead-letter queue.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { fenced, PARTITION_KEY, SORT_KEY } from '../../lib/dynamodb/index.ts';
import { formatToken, isTenureError } from '../../lib/index.ts';
import { makeTickHandler, type Tick } from '../../lib/sqs/index.ts';
import { parseEnvironment } from '../environment.ts';

const logger = new Logger({ serviceName: 'tenure-election-ticks' });
const tableName = parseEnvironment(process.env, (read) => read.text('TENURE_TABLE'));
const client = new DynamoDBClient({});

export const handler = makeTickHandler(async (tick) => {
  const about = { election: tick.election, token: formatToken(tick.token) };
  try {
    await putInPlace(tick);
    logger.info('tick done', { ...about, receiveCount: tick.receiveCount });
  } catch (error) {
    if (!isTenureError(error, 'STALE_TOKEN')) throw error;
    // A later tick has its state in place: to deliver this one again would change nothing.
    logger.warn('tick overtaken', { ...about, highestToken: formatToken(error.highestToken) });
  }
});

/** Idempotent, as a tick's work must be: the same tick again writes the same. */
async function putInPlace(tick: Tick): Promise<void> {
  const state = JSON.stringify(JSON.parse(tick.body));
  await fenced(client, tick).send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { [PARTITION_KEY]: { S: `ticks#${tick.election}` }, [SORT_KEY]: { S: 'state' } },
      UpdateExpression: 'SET #state = :state',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': { S: state } },
    }),
  );
}
