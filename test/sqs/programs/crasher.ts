/**
 * The smallest candidate over a queue: says its token when elected, and leads until it is killed.
 */
import { createElection, formatToken } from '../../../lib/index.ts';
import { sqsBaton } from '../../../lib/sqs/index.ts';

const { QUEUE_URL = '', TIMINGS = '{}' } = process.env;

const election = createElection({
  name: 'e',
  via: sqsBaton({ queueUrl: QUEUE_URL }),
  timings: JSON.parse(TIMINGS),
});
const term = await election.campaign();
process.stdout.write(`${JSON.stringify({ event: 'elected', token: formatToken(term.token) })}\n`);
