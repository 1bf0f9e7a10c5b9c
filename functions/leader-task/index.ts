/**
 * A scheduled Lambda function that works only while it leads: a few units in each invocation, or a long
 * job that is handed over before each deadline and goes on with the next one's higher token.
 *
 * Without a stated clock bound an invocation that starts cold waits a dead leader's lease out.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, formatToken } from '../../lib/index.ts';
import { type LambdaContext, makeLeaderOnly } from '../../lib/lambda/index.ts';
import { parseEnvironment } from '../environment.ts';
import { createReporting } from '../reporting.ts';
import { doUnits, workEnvironment } from '../work.ts';

/** What an invocation answers; `led: false` where another leads. */
export type LeaderTaskAnswer =
  | { readonly led: true; readonly token: string; readonly units: number }
  | { readonly led: false };

const environment = parseEnvironment(process.env, (read) => ({
  ...read.election(),
  ...workEnvironment(read),
  hold: read.choice('TENURE_HOLD', ['invocation', 'sticky']),
  gapMsMax: read.optionalNumber('TENURE_GAP_MS_MAX', { least: 0 }),
  /** Units of one invocation. A large number makes a long job. */
  units: read.number('TENURE_UNITS', { least: 1, default: 1 }),
}));

const { tableName, attributeNames } = environment;
const { journal } = createReporting('leader-task');
const client = new DynamoDBClient();
const election = createElection({
  name: environment.name,
  via: dynamoDbLease({ client, tableName, attributeNames }),
  timings: environment.timings,
  candidatePrefix: environment.candidatePrefix ?? 'leader-task',
  journal,
});

export const handler = makeLeaderOnly<unknown, LambdaContext, LeaderTaskAnswer>(
  async (_event, _context, term) => {
    const { units } = await doUnits(term, { client, ...environment }, environment.units);
    return { led: true, token: formatToken(term.token), units };
  },
  {
    election,
    hold: environment.hold,
    gapMsMax: environment.gapMsMax,
    waitLease: environment.timings.clockErrorMsMax === undefined,
    answer: { led: false },
  },
);
