/** Broken preferences and bridges: what the inputs of `USES` must find. */
import { type Mutant, one, under } from './mutant.ts';

const STANDING = 'lib/runtime/preference/standing.ts';
const BRIDGE = 'lib/runtime/bridge/bridge.ts';

export const USE_MUTANTS: readonly Mutant[] = [
  under(
    ['prefers'],
    one(
      'a hand-over as soon as another candidate is better',
      ['L8'],
      STANDING,
      'at - betterSince >= forMs',
      'at - betterSince >= 0',
    ),
  ),
  under(
    ['prefers', 'killed'],
    one(
      'candidates that are dead are compared with',
      ['L8'],
      STANDING,
      'return writtenAt !== undefined && at - writtenAt <=',
      'return writtenAt !== undefined || at - 0 <=',
    ),
  ),
  under(
    ['bridges', 'old-lock-lost', 'killed'],
    one(
      'a bridge that campaigns on without the old lock',
      ['C1'],
      BRIDGE,
      'AbortSignal.any([signal, held.lost, tooLong.signal])',
      'AbortSignal.any([signal, tooLong.signal])',
    ),
  ),
  under(
    ['bridges', 'old-lock-lost', 'paused-briefly'],
    one(
      'a bridge whose term outlasts the old lock',
      ['C1'],
      BRIDGE,
      'held.lost.aborted ? 0 : (held.remainingMs?.() ?? Number.POSITIVE_INFINITY)',
      'Number.POSITIVE_INFINITY',
    ),
  ),
];
