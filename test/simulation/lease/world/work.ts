/**
 * What the work of a leader does under one term, whichever program leads.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isTenureError } from '../../../../lib/errors.ts';
import type { Term } from '../../../../lib/ports.ts';
import { pause } from '../../shared/pause.ts';
import { addToSharedSet } from './shared-set.ts';
import type { Participant, World } from './world.ts';

export async function work(
  world: World,
  participant: Participant,
  { term, client }: { term: Term; client: DynamoDBClient },
): Promise<void> {
  const { process, temper, userCode, leave } = participant;
  participant.past = participant.term;
  participant.term = term;
  try {
    await userCode.met('work');
    await addToSharedSet(world, { ...participant, client }, { term, leave });
    if (temper.ignoresSignalMs > 0) await pause(process, temper.ignoresSignalMs);
  } catch (error) {
    if (isTenureError(error, 'STALE_TOKEN')) world.coverage.hit('fence refused');
    throw error;
  }
}
