/** The queue of one election, where its system needs one: for hints, or the baton itself, seeded. */
import { seedBaton } from '../../lib/sqs/index.ts';
import { CREDENTIALS, REGION } from './store-names.ts';
import type { Store } from './stores.ts';
import type { System } from './systems.ts';

const RETENTION_SECONDS = 14 * 86_400;

export async function createQueueFor(
  system: System,
  queues: Store | undefined,
  of: { readonly election: string; readonly leaseDurationMs: number },
): Promise<string | undefined> {
  if (system.queue === undefined) return undefined;
  if (queues?.createQueue === undefined) throw new Error(`${system.name} needs queues`);
  const { election } = of;
  if (system.queue === 'hints') return queues.createQueue(election);
  const queueUrl = await queues.createQueue(`${election}.fifo`, {
    VisibilityTimeout: String(of.leaseDurationMs / 1_000),
    MessageRetentionPeriod: String(RETENTION_SECONDS),
  });
  const endpoint = new URL(queueUrl).origin;
  const clientConfig = { region: REGION, credentials: CREDENTIALS, endpoint };
  await seedBaton({ queueUrl, election, clientConfig });
  return queueUrl;
}
