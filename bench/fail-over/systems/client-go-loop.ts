/**
 * A plain loop with the rules of Kubernetes' client-go `leaderelection`, on a DynamoDB row. The original
 * is Go on the Kubernetes API; this is ours, after its documented behaviour, and not the original.
 *
 * Kept of it: one routine acquires and renews, reading first each time; expiry by the own clock from the
 * moment a changed record was seen; a standby tries each retry period with a jitter of up to 1.2 of it;
 * the holder gives up after a renew deadline (two thirds of the lease) without success; release on
 * cancel. Assumes reads and writes as strong as the Kubernetes API's.
 */
import {
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { aborted, type Order, run, type Stage } from '../program.ts';
import { CREDENTIALS, PEER_TABLE, REGION } from '../store-names.ts';

/** `JitterFactor` of the original. */
const JITTER_FACTOR = 1.2;

interface Seen {
  readonly version: string;
  readonly holder: string;
  readonly leaseMs: number;
}

run(async (order, stage) => {
  const retryPeriodMs = order.renewIntervalMs;
  const renewDeadlineMs = (order.leaseDurationMs * 2) / 3;
  const lock = openLock(order);
  while (!stage.signal.aborted) {
    if (await lock.tryAcquireOrRenew(renewDeadlineMs)) {
      await lead(lock, stage, { retryPeriodMs, renewDeadlineMs });
    } else {
      await pause(retryPeriodMs * (1 + Math.random() * JITTER_FACTOR), stage);
    }
  }
});

async function lead(
  lock: Lock,
  stage: Stage,
  limits: { readonly retryPeriodMs: number; readonly renewDeadlineMs: number },
): Promise<void> {
  let renewedAtMs = performance.now();
  let over = false;
  stage.take({ believes: () => !over });
  while (!stage.signal.aborted && !over) {
    await pause(limits.retryPeriodMs, stage);
    if (stage.signal.aborted) break;
    const leftMs = renewedAtMs + limits.renewDeadlineMs - performance.now();
    if (leftMs > 0 && (await lock.tryAcquireOrRenew(Math.ceil(leftMs)))) {
      renewedAtMs = performance.now();
    } else {
      over = performance.now() - renewedAtMs >= limits.renewDeadlineMs || !lock.isMine();
    }
  }
  stage.leave();
  if (!over) await lock.release(limits.renewDeadlineMs);
}

const pause = (forMs: number, { signal }: Stage) =>
  Promise.race([new Promise((resolve) => setTimeout(resolve, forMs)), aborted(signal)]);

type Lock = ReturnType<typeof openLock>;

/** The row, what was last seen of it, and since when. */
function openLock({ election, leaseDurationMs, host, port }: Order) {
  const me = crypto.randomUUID();
  const endpoint = `http://${host}:${port}`;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  let observed: Seen | undefined;
  let observedAtMs = 0;

  function see(record: Seen | undefined): void {
    if (record?.version === observed?.version) return;
    observed = record;
    observedAtMs = performance.now();
  }

  /** The API server's optimistic lock: a write names the version that it replaces. */
  async function write(from: Seen | undefined, holder: string, abortSignal: AbortSignal) {
    const next = { version: crypto.randomUUID(), holder, leaseMs: leaseDurationMs };
    await client.send(replace(election, from, next), { abortSignal });
    see(next);
  }

  return {
    isMine: () => observed?.holder === me,
    async tryAcquireOrRenew(deadlineMs: number): Promise<boolean> {
      const abortSignal = AbortSignal.timeout(deadlineMs);
      try {
        const there = seenIn(await client.send(readOf(election), { abortSignal }));
        see(there);
        const held = there !== undefined && there.holder !== '' && there.holder !== me;
        if (held && performance.now() < observedAtMs + there.leaseMs) return false;
        await write(there, me, abortSignal);
        return true;
      } catch {
        return false;
      }
    },
    async release(deadlineMs: number): Promise<void> {
      await write(observed, '', AbortSignal.timeout(deadlineMs)).catch(() => undefined);
    },
  };
}

const readOf = (election: string) =>
  new GetItemCommand({
    TableName: PEER_TABLE,
    Key: { id: { S: election } },
    ConsistentRead: true,
  });

function seenIn({ Item }: GetItemCommandOutput): Seen | undefined {
  if (Item === undefined) return undefined;
  const { version, holder, leaseMs } = Item;
  return { version: version?.S ?? '', holder: holder?.S ?? '', leaseMs: Number(leaseMs?.N) };
}

const replace = (election: string, from: Seen | undefined, next: Seen) =>
  new PutItemCommand({
    TableName: PEER_TABLE,
    Item: {
      id: { S: election },
      version: { S: next.version },
      holder: { S: next.holder },
      leaseMs: { N: String(next.leaseMs) },
    },
    ConditionExpression: from ? 'version = :from' : 'attribute_not_exists(id)',
    ...(from && { ExpressionAttributeValues: { ':from': { S: from.version } } }),
  });
