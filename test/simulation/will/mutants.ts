/** Broken guardians, each with the invariant that the simulation of the will must find violated. */
import type { Edit, Mutant } from '../mutants/mutant.ts';

const WILL = 'lib/core/will/will.ts';
const PROOF = 'return channelEnded && processGone && workGone;';

const ofWill = (name: string, violates: Mutant['violates'], edit: Omit<Edit, 'file'>): Mutant => ({
  ...{ name, of: 'will', violates },
  edits: [{ file: WILL, ...edit }],
});

const LAST_WILL = 'lib/runtime/will/last-will.ts';

/** Found by real elections whose processes have guardians. */
const ofGuarded = (name: string, violates: Mutant['violates'], edit: Edit): Mutant => ({
  ...{ name, of: 'guarded', violates },
  edits: [edit],
});

export const WILL_MUTANTS: readonly Mutant[] = [
  ofWill('a will on silence', ['C1'], {
    find: PROOF,
    replace: 'return channelEnded || processGone || workGone || true;',
  }),
  ofWill('a will on a closed channel alone', ['C1'], {
    find: PROOF,
    replace: 'return channelEnded && (processGone || true) && workGone;',
  }),
  ofWill('a will before the command is gone', ['C1'], {
    find: PROOF,
    replace: 'return channelEnded && processGone && (workGone || true);',
  }),
  ofWill('a will that keeps the first term that it was told of', ['L2'], {
    find: 'return proceed({ ...state, will, lapsesAt: at + will.lapsesInMs }, at);',
    replace:
      'return proceed({ ...state, will: state.will ?? will, lapsesAt: at + will.lapsesInMs }, at);',
  }),
  ofWill('a will that waits for the lease', ['L2'], {
    find: "phase: { kind: 'settling', until: at + will.settleMs }",
    replace: "phase: { kind: 'settling', until: state.lapsesAt }",
  }),
  ofGuarded('a will on silence, of a leader that renews', ['C1'], {
    file: WILL,
    find: PROOF,
    replace: 'return channelEnded || processGone || workGone || true;',
  }),
  ofGuarded('a will that no renewal replaces', ['L2'], {
    file: LAST_WILL,
    find: "        case 'renewed': {",
    replace: "        case 'renewed': {\n          if (event.event === 'renewed') return;",
  }),
];
