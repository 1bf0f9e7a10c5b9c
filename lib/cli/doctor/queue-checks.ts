/**
 * What `tenure doctor --queue` looks at: the queue's settings against the timings, its encryption,
 * what these credentials may do, and its batons. It receives and sends nothing: either could change
 * who leads.
 */
import { InvalidOptionsError, isTenureError, resolveTimings } from '../../index.ts';
import type { QueueState } from '../../sqs/index.ts';
import { mechanismOf } from '../command/run-while-leading.ts';
import { type QueueVerbOptions, queueOf, stateOf } from '../election/queue-view.ts';
import { inOptionWords, type TimingOptions, timingsOf } from '../election/store-options.ts';
import { messageOf } from '../terminal/terminal.ts';
import { inUserTerms } from '../terminal/user-terms.ts';
import type { Finding } from './checks.ts';

type QueueDoctorOptions = QueueVerbOptions & TimingOptions;

/** A queue that does not answer is one finding. No check that rests on it is tried. */
export async function examineQueue(
  election: string,
  options: QueueDoctorOptions,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push(...(await settingsOf(election, options)));
    const { readQueueState, tryToHold } = await import('../../sqs/index.ts');
    const state = await readQueueState(queueOf(options));
    findings.push(encryptionOf(state), batonsOf(state));
    await tryToHold(queueOf(options));
    findings.push({ check: 'grants', result: 'ok', says: MAY_HOLD });
  } catch (error) {
    const denied = isTenureError(error, 'ACCESS_DENIED') && findings.length > 0;
    findings.push(failure(denied ? 'grants' : 'queue', inUserTerms(error)));
  }
  return findings;
}

const MAY_HOLD =
  'these credentials may look, extend and delete; to receive and to send was not tried, since either could ' +
  'change who leads';

/** As `tenure run --queue` would find them, each problem on its own. */
async function settingsOf(election: string, options: QueueDoctorOptions): Promise<Finding[]> {
  const via = await mechanismOf(options);
  if (via.kind !== 'baton') throw new InvalidOptionsError(['--queue must be the URL of a queue']);
  const timings = resolveTimings({ ...via.timings, ...timingsOf(options) });
  const { signal } = queueOf(options);
  const outcome = await via.open({ name: election, timings }).check({ signal });
  if (outcome.kind === 'unknown') throw outcome.cause;
  if (outcome.problems.length > 0) {
    return outcome.problems.map((problem) => ({
      ...{ check: 'queue', result: 'failed' },
      ...parted(inOptionWords(problem)),
    }));
  }
  const { leaseDurationMs } = timings;
  const says = `FIFO, visibility timeout as the lease (${leaseDurationMs / 1_000} s), no dead-letter queue`;
  return [{ check: 'queue', result: 'ok', says }];
}

/** A problem says what to change after its semicolon. */
function parted(problem: string): Pick<Finding, 'says' | 'advice'> {
  const [says = problem, ...advice] = problem.split('; ');
  return { says, advice: advice.join('; ') };
}

function encryptionOf({ encryption, kmsKeyId }: QueueState): Finding {
  const check = 'encryption';
  switch (encryption) {
    case 'sqs':
      return { check, result: 'ok', says: 'by a key of SQS' };
    case 'kms':
      return {
        ...{ check, result: 'ok', says: `by the KMS key ${kmsKeyId}` },
        advice: 'candidates need kms:Decrypt and kms:GenerateDataKey on it',
      };
    case 'none':
      return {
        ...{ check, result: 'warning', says: 'batons, which name candidates, are not encrypted' },
        advice: 'set SqsManagedSseEnabled to true',
      };
  }
}

function batonsOf(of: QueueState): Finding {
  const { heldBatons, receivableBatons } = of;
  const figures = { heldBatons, receivableBatons };
  const says = `about ${heldBatons} held and ${receivableBatons} to be received; who leads is not readable`;
  if (stateOf(of) !== 'empty') return { check: 'batons', result: 'ok', says, figures };
  return {
    ...{ check: 'batons', result: 'warning', says, figures },
    advice:
      'candidates put one in once the queue was empty for the visibility timeout and a minute; "seedBaton" of ' +
      'tenure/sqs does it now',
  };
}

function failure(check: Finding['check'], error: unknown): Finding {
  return { check, result: 'failed', ...parted(messageOf(error)) };
}
