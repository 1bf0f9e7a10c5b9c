/**
 * Loaded before any program: a guardian stands still before it has read an order, as it does where a machine
 * has no time for it. `LATE_GUARDIANS` lists partitions; those of others start at once.
 */
const { LATE_GUARDIANS = '', TENURE_PARTITION = '' } = process.env;
const isGuardian = process.argv[1]?.endsWith('/guardian.ts') === true;

if (isGuardian && LATE_GUARDIANS.split(' ').includes(TENURE_PARTITION)) {
  // Longer than the test: the guardian is killed. A bound, in case that nothing kills it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300_000);
}
