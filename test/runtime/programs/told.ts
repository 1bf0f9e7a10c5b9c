/**
 * A process that campaigns without a journal and cannot reach its store. It prints the first message about
 * that, and after how many milliseconds it came. `told.ts lease|baton [endpoint]`; without one there is no Region.
 */
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { sqsBaton } from '../../../lib/sqs/index.ts';

const [mechanism = 'lease', endpoint] = process.argv.slice(2);
const local = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  endpoint: endpoint ?? '',
};
const clientConfig = endpoint === undefined ? undefined : local;

const startedMs = performance.now();
function tell(how: string, { name, message }: Error): never {
  const afterMs = Math.round(performance.now() - startedMs);
  console.log(JSON.stringify({ how, name, message, afterMs }));
  process.exit();
}

process.on('warning', (warning) => {
  if (warning.name === 'TenureWarning') tell('warned', warning);
});
const queueUrl = `${endpoint}/1/baton.fifo`;
const election = createElection({
  name: 'told',
  via:
    mechanism === 'lease'
      ? dynamoDbLease({ tableName: 'tenure', clientConfig })
      : sqsBaton({ queueUrl, clientConfig }),
});
await election.campaign().catch((error: Error) => tell('rejected', error));
