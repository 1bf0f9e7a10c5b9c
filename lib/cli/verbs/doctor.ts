/**
 * `tenure doctor`: whether this machine can take part in elections in this table, and if not, why.
 *
 * Decides the order of the checks. A check that rests on a failed one is not tried.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { checkLeaseTable, createLeaseStore } from '../../dynamodb/index.ts';
import { isTenureError, resolveTimings, UnreachableError } from '../../index.ts';
import {
  checkClock,
  checkExpiry,
  checkLatency,
  checkTimings,
  type Finding,
  type TimingsInUse,
} from '../doctor/checks.ts';
import { findingLines } from '../doctor/lines.ts';
import { probeWrites, readExpiry } from '../doctor/probe.ts';
import { examineQueue } from '../doctor/queue-checks.ts';
import { checkHousekeeping, checkRegions, countForgottenRows } from '../doctor/region-checks.ts';
import { parseLastingDuration } from '../election/duration.ts';
import {
  clientOf,
  parseElection,
  type StoreOptions,
  withStoreOptions,
} from '../election/store-options.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { messageOf, print } from '../terminal/terminal.ts';

interface DoctorOptions extends StoreOptions {
  readonly queue?: string;
  readonly lease?: number;
  readonly renew?: number;
  readonly json?: boolean;
}

const DEFAULT_ELECTION = 'tenure-doctor';
const CALL_TIMEOUT_MS = 10_000;

const HELP = `
Looks at credentials, the table and its keys, expiry, this machine's clock against the service's, and
the latency of ten conditional writes; then says whether the timings suit them. Timings are those of
--lease and --renew, else those in the election's record, else the defaults. Writes one row, "doctor",
in the election's partition, which expires.

With --queue it looks at the queue's settings, its encryption and its batons, and receives and sends nothing,
since either could change who leads.

Exit codes: 0 nothing failed, 1 something did, 2 usage.

Examples:
  tenure doctor
  tenure doctor nightly-report --lease 5s --renew 1500ms --json
  tenure doctor outbox --queue https://sqs.eu-west-1.amazonaws.com/123456789012/outbox.fifo`;

export function doctorVerb(): Command {
  const verb = new Command('doctor')
    .description('check credentials, table, clock and latency')
    .argument('[election]', 'whose record and partition to use', parseElection, DEFAULT_ELECTION);
  return withStoreOptions(verb)
    .option('--lease <duration>', 'the lease that you intend', parseLastingDuration)
    .option('--renew <duration>', 'the renew interval that you intend', parseLastingDuration)
    .option('--queue <url>', 'look at this SQS FIFO queue, and at no table')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (election: string, options: DoctorOptions) => {
      const findings =
        options.queue === undefined
          ? await examine(election, options)
          : await examineQueueOf(election, options);
      const healthy = findings.every(({ result }) => result !== 'failed');
      if (options.json)
        print(JSON.stringify({ election, healthy, findings: findings.map(inJson) }));
      else print(...findingLines(findings));
      process.exitCode = healthy ? EXIT.done : EXIT.failed;
    });
}

/** In the names that every verb uses, and without digits that were not measured. */
function inJson({ says: message, figures, ...finding }: Finding) {
  const rounded = Object.entries(figures ?? {}).map(([name, ms]) => [name, Math.round(ms)]);
  return { ...finding, message, ...(figures && { figures: Object.fromEntries(rounded) }) };
}

async function examineQueueOf(
  election: string,
  options: DoctorOptions,
): Promise<readonly Finding[]> {
  // Both clients look for credentials in the same places.
  const client = clientOf(options);
  try {
    const credentials = await checkCredentials(client);
    if (credentials.result === 'failed') return [credentials];
    return [credentials, ...(await examineQueue(election, options))];
  } finally {
    client.destroy();
  }
}

async function examine(election: string, options: DoctorOptions): Promise<readonly Finding[]> {
  const client = clientOf(options);
  const findings: Finding[] = [];
  try {
    findings.push(await checkCredentials(client));
    if (hasFailed(findings)) return findings;
    const { finding, isMultiRegion } = await checkTable(client, options);
    findings.push(finding);
    if (hasFailed(findings)) return findings;
    const row = { tableName: options.table, election, attributeNames: options.attributeNames };
    findings.push(
      await attempt('expiry', async () =>
        isMultiRegion
          ? checkHousekeeping(await countForgottenRows(client, row), election)
          : checkExpiry(
              await readExpiry(client, options.table),
              options.table,
              options.attributeNames?.ttl,
            ),
      ),
    );
    const probe = await probeWrites(client, row);
    findings.push(checkClock(probe.dates));
    const timings = await timingsInUse(client, election, options);
    findings.push(
      checkLatency(probe.latenciesMs, timings),
      checkTimings(probe.latenciesMs, timings),
    );
  } catch (error) {
    const areTimingsWrong = isTenureError(error, 'INVALID_OPTIONS');
    findings.push(failure(areTimingsWrong ? 'timings' : 'latency', error));
  } finally {
    client.destroy();
  }
  return findings;
}

const hasFailed = (findings: readonly Finding[]) => findings.at(-1)?.result === 'failed';

async function checkCredentials(client: DynamoDBClient): Promise<Finding> {
  const check = 'credentials';
  try {
    const { accessKeyId } = await inTime(client.config.credentials());
    const region = await client.config.region();
    const says = `${accessKeyId.slice(0, 4)}… in ${region}`;
    return { check, result: 'ok', says };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const advice =
      'set a profile with AWS_PROFILE, log in with "aws login" or "aws sso login", set ' +
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role; the Region by --region';
    return { check, result: 'failed', says: `none were found: ${message}`, advice };
  }
}

async function checkTable(
  client: DynamoDBClient,
  options: DoctorOptions,
): Promise<{ readonly finding: Finding; readonly isMultiRegion: boolean }> {
  let isMultiRegion = false;
  const finding = await attempt('table', async () => {
    const table = await checkLeaseTable(client, options.table, options);
    isMultiRegion = table.MultiRegionConsistency === 'STRONG';
    const where = options.endpoint === undefined ? '' : ` at ${options.endpoint}`;
    return checkRegions(table, { name: options.table, where });
  });
  return { finding, isMultiRegion };
}

/** An address that swallows every packet is noticed as well as one that refuses. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const late = new Promise<never>((_resolve, reject) => {
    const says = `no answer within ${CALL_TIMEOUT_MS} ms; check endpoint and network`;
    deadline.addEventListener('abort', () => reject(new UnreachableError(says)));
  });
  return Promise.race([answer, late]);
}

async function attempt(
  check: Finding['check'],
  examination: () => Promise<Finding>,
): Promise<Finding> {
  try {
    return await inTime(examination());
  } catch (error) {
    return failure(check, error);
  }
}

/** Errors of this package say what to change. An expiry that may not be looked at is no failure. */
function failure(check: Finding['check'], error: unknown): Finding {
  const says = messageOf(error);
  if (check === 'expiry' && !isTenureError(error)) return { check, result: 'skipped', says };
  const isDenied = error instanceof Error && error.name === 'AccessDeniedException';
  const advice = isDenied
    ? 'name the election that these credentials are confined to, or grant what "tenure policy ' +
      '<election> --role operator" prints'
    : undefined;
  return { check, result: 'failed', says, advice };
}

/**
 * The timings of the options, else of the record, else the defaults.
 * @throws InvalidOptionsError for timings that no candidate could be given.
 */
async function timingsInUse(
  client: DynamoDBClient,
  election: string,
  options: DoctorOptions,
): Promise<TimingsInUse> {
  const { table: tableName, endpoint, attributeNames, lease, renew } = options;
  const place = { client, tableName, election, endpoint, attributeNames };
  const store = createLeaseStore({ ...place, historyDays: 0 });
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const sighting = await store.read({ consistency: 'strong', signal });
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  const leaseDurationMs = lease ?? record?.leaseDurationMs;
  const renewIntervalMs = renew ?? (lease === undefined ? record?.renewIntervalMs : undefined);
  return resolveTimings({
    ...(leaseDurationMs !== undefined && { leaseDurationMs }),
    ...(renewIntervalMs !== undefined && { renewIntervalMs }),
  });
}
