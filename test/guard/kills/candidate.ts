/**
 * A candidate of a run of kills: leads, appends to the ledger all the time, and prints each event at once.
 *
 * Before each write of the lease it asks the kernel whether the previous leader still exists. If that leader
 * was gone when the winning acquire was sent, it was gone before this process was elected. Campaigns once
 * it is told which process to watch: `<pid> <start time>`, or `nobody`.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { appender } from '../../../demo/ledger.ts';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { isGone } from '../../../lib/guard/process-identity.ts';
import { createElection, type Term } from '../../../lib/index.ts';
import { type CandidateLine, TIMINGS } from './lines.ts';

const [leaseTable = '', ledgerTable = ''] = process.argv.slice(2);
const STDOUT = 1;
/** Often enough that most kills find a write to the ledger on its way. */
const BETWEEN_WRITES_MS = 20;

let before: { readonly pid: number; readonly startTime: string } | undefined;
let leads = false;
let lastSent = { atNs: 0n, leaderBefore: 'nobody' as CandidateLine['leaderBefore'] };

/** Synchronous: a line that was written survives the process. */
const say = (line: CandidateLine) => writeSync(STDOUT, `${JSON.stringify(line)}\n`);

const startTime = () => {
  const text = readFileSync('/proc/self/stat', 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
};

function watchedClient(): DynamoDBClient {
  const client = new DynamoDBClient({});
  const { requestHandler } = client.config;
  const send = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    if (!isLeaseWrite(String(request.body))) return send(request, options);
    if (leads) say({ event: 'renewing' });
    const leaderBefore = before === undefined ? 'nobody' : isGone(before) ? 'gone' : 'there';
    lastSent = { atNs: process.hrtime.bigint(), leaderBefore };
    const answer = await send(request, options);
    if (leads) say({ event: 'renewed' });
    return answer;
  };
  return client;
}

const isLeaseWrite = (body: string) =>
  body.includes(`"${leaseTable}"`) && body.includes('UpdateExpression') && body.includes('holder');

async function lead(term: Term): Promise<void> {
  const append = appender({ client, tableName: ledgerTable, term, keeps: 'all' });
  for (let entry = 1; !term.signal.aborted; entry += 1) {
    const id = `${process.pid}-${entry}`;
    await append(id);
    say({ event: 'acknowledged', id });
    await sleep(BETWEEN_WRITES_MS);
  }
}

const client = watchedClient();
const election = createElection({
  name: 'kills',
  via: dynamoDbLease({ client, tableName: leaseTable, historyDays: 0 }),
  timings: TIMINGS,
  journal: {
    record(event) {
      if (event.event === 'lost') say({ event: 'lost', why: String(event.why) });
      if (event.event !== 'elected') return;
      const { atNs, leaderBefore } = lastSent;
      leads = true;
      say({ event: 'elected', token: String(event.token), sentAtNs: String(atNs), leaderBefore });
    },
  },
});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [pid, started = ''] = line.split(' ');
    before = pid === 'nobody' ? undefined : { pid: Number(pid), startTime: started };
    say({ event: 'watching', whom: line });
  })
  .once('line', () => void election.leadWhile(lead))
  // The run is over: the test no longer listens.
  .on('close', () => process.exit());
say({ event: 'ready', identity: `${process.pid} ${startTime()}` });
