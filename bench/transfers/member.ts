/**
 * One process of the part `transfers`: leads, writes to the resource, and hands over to the candidate that it is
 * told. The resource is the process that started this one, and this one ends with it.
 */
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, formatToken, type Term, type Timings } from '../../lib/index.ts';
import { sqsHints } from '../../lib/sqs/index.ts';

export interface MemberOrder {
  readonly endpoint: string;
  readonly tableName: string;
  readonly election: string;
  readonly timings: Partial<Timings>;
  /** Absent: no hints. */
  readonly queueUrl?: string;
}

export type MemberSays =
  | { readonly kind: 'is'; readonly candidateId: string }
  | { readonly kind: 'write'; readonly token: string }
  | { readonly kind: 'renewed'; readonly latencyMs: number };

const WRITE_INTERVAL_MS = 2;
const {
  endpoint,
  tableName,
  election: name,
  timings,
  queueUrl,
} = JSON.parse(process.argv[2] ?? '') as MemberOrder;
const local = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};
const say = (said: MemberSays) => void process.send?.(said);
process.once('disconnect', () => process.exit());

const hints = queueUrl && { hints: sqsHints({ queueUrl, clientConfig: local }) };
const election = createElection({
  ...{ name, timings },
  via: dynamoDbLease({ tableName, clientConfig: { ...local, endpoint }, ...hints }),
  journal: {
    record(event) {
      if (event.event === 'renewed') say({ kind: 'renewed', latencyMs: event.latencyMs });
    },
  },
});
let led: Term | undefined;
process.on('message', ({ to }: { readonly to: string }) => led?.handOver({ candidateId: to }));
say({ kind: 'is', candidateId: election.candidateId });
await election.leadWhile(async (term) => {
  led = term;
  while (!term.signal.aborted) {
    say({ kind: 'write', token: formatToken(term.token) });
    await term.sleep(WRITE_INTERVAL_MS);
  }
});
