/**
 * The queue of `tenure local --queue`. It fits an election with the default timings. It holds a
 * first baton, so that its first leader need not wait until the queue counts as emptied.
 */
import { createHash } from 'node:crypto';
import { localSqs } from '../../local/index.ts';

export interface LocalQueue extends AsyncDisposable {
  readonly description: string;
  readonly source: 'environment' | 'embedded';
  /** The variables to export. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The longest, as the construct of `tenure/cdk` sets it. */
const RETENTION_SECONDS = 14 * 86_400;
const VISIBILITY_SECONDS = 30;

export async function openLocalQueue(election: string): Promise<LocalQueue> {
  // Its client is an optional peer: only users of a queue have it.
  const { seedBaton } = await import('../../sqs/index.ts');
  const { endpoint, description, source, createQueue, stop } = await localSqs();
  try {
    const queueUrl = await createQueue(`${queueNameOf(election)}.fifo`, {
      VisibilityTimeout: String(VISIBILITY_SECONDS),
      MessageRetentionPeriod: String(RETENTION_SECONDS),
    });
    const region = process.env.AWS_REGION ?? 'us-east-1';
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    await seedBaton({ queueUrl, election, clientConfig: { region, credentials } });
    const variables = { AWS_ENDPOINT_URL_SQS: endpoint, TENURE_QUEUE_URL: queueUrl };
    return { description, source, variables, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** SQS takes 80 letters, digits, hyphens and underscores: other names get a hash that tells them apart. */
function queueNameOf(election: string): string {
  if (/^[a-zA-Z0-9_-]{1,70}$/.test(election)) return election;
  const hash = createHash('sha256').update(election).digest('hex').slice(0, 12);
  return `${election.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 50)}-${hash}`;
}
