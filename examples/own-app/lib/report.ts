/**
 * The handler of a scheduled function of which one invocation at a time does the work.
 */

import { cloudWatchMetrics } from '../../../lib/cloudwatch/index.ts';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection, electionFromEnvironment } from '../../../lib/index.ts';
import { type LambdaContext, makeLeaderOnly } from '../../../lib/lambda/index.ts';

const { name, tableName, timings, candidatePrefix } = electionFromEnvironment();
const election = createElection({
  name,
  via: dynamoDbLease({ tableName }),
  timings,
  candidatePrefix,
  journal: cloudWatchMetrics(),
});

export const handler = makeLeaderOnly<unknown, LambdaContext, string>(
  async (_event, _context, term) => {
    // Your work comes here. What it writes goes through fenced(client, term).
    return `reported in term ${term.token}`;
  },
  // A cold start waits a dead leader's lease out: the construct gives the function the time for it.
  { election, waitLease: true, answer: 'another invocation leads' },
);
