/** This package: the lease, alone, with hints, or with a stated clock bound; and the baton. */
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection, type Mechanism } from '../../../lib/index.ts';
import { sqsBaton, sqsHints } from '../../../lib/sqs/index.ts';
import { aborted, type Order, run } from '../program.ts';
import { CREDENTIALS, REGION, TABLE } from '../store-names.ts';

function mechanismOf({ system, host, port, queueUrl = '' }: Order): Mechanism {
  const config = { region: REGION, credentials: CREDENTIALS };
  if (system.startsWith('tenure-baton')) {
    // Through the proxy, which stands before the queue here.
    const { pathname } = new URL(queueUrl);
    const proxied = `http://${host}:${port}${pathname}`;
    return sqsBaton({
      queueUrl: proxied,
      clientConfig: { ...config, endpoint: `http://${host}:${port}` },
    });
  }
  const clientConfig = { ...config, endpoint: `http://${host}:${port}` };
  if (!system.startsWith('tenure-hints')) return dynamoDbLease({ tableName: TABLE, clientConfig });
  const endpoint = new URL(queueUrl).origin;
  const hints = sqsHints({ queueUrl, clientConfig: { ...config, endpoint } });
  return dynamoDbLease({ tableName: TABLE, clientConfig, hints });
}

run(async (order, stage) => {
  const { election: name, leaseDurationMs, renewIntervalMs, clockErrorMsMax, settleMs } = order;
  const election = createElection({
    name,
    via: mechanismOf(order),
    timings: {
      ...{ leaseDurationMs, renewIntervalMs, clockErrorMsMax },
      ...(settleMs !== undefined && { settleMs }),
    },
  });
  await election.leadWhile(
    async (term) => {
      stage.take({
        token: String(term.token),
        believes: () => !term.signal.aborted && term.remainingMs() > 0,
      });
      await aborted(term.signal);
      stage.leave();
    },
    { signal: stage.signal },
  );
});
