/** Broken batons, each with the invariant that the baton's simulation must find violated. */
import { type Mutant, ofBaton } from '../mutants/mutant.ts';

const CLAIM = 'lib/core/baton/claiming.ts';

export const BATON_MUTANTS: readonly Mutant[] = [
  ofBaton(
    "† a successor's deduplication id that repeats",
    ['S2'],
    {
      file: CLAIM,
      find: '    send: firstAttempt(now),',
      replace: "    send: firstAttempt({ ...now, freshNonce: 'successor' }),",
    },
    {
      file: CLAIM,
      find: '  const nonce = now.freshNonce;',
      replace: "  const nonce = 'successor';",
    },
  ),
  ofBaton('token from the received baton instead of the sent one', ['S1', 'S2'], {
    file: 'lib/core/baton/leading.ts',
    find: '  const { token } = holding;',
    replace: '  const { sequenceNumber: token } = newestOf(batons);',
  }),
  ofBaton("a baton's term counted from the answer of its successor", ['C1'], {
    file: 'lib/core/baton/leading.ts',
    find: 'newTerm({ token, confirmedAt: receivedAt, ',
    replace: 'newTerm({ token, confirmedAt: now.at, ',
  }),
  ofBaton('a baton counted as held from the answer', ['C1'], {
    file: CLAIM,
    find: '  const receivedAt = waiting.receive?.sentAt ?? now.at;',
    replace: '  const receivedAt = now.at;',
  }),
  ofBaton('a term over a baton that its journal called off is left to nobody', ['L8'], {
    file: 'lib/runtime/candidate/candidate.ts',
    find: 'if (!call.resolve(term)) void term.resign();',
    replace: 'call.resolve(term);',
  }),
  ofBaton('what an account refuses of a queue ends a campaign', ['L8'], {
    file: 'lib/sqs/sqs-answers.ts',
    find: 'permanent: false, denied: true };',
    replace: 'permanent: true };',
  }),
];
