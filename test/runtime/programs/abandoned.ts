/** Calls off a campaign whose acquire has no answer, and then has nothing else to do. */
import { createElection } from '../../../lib/index.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import { createMemory, createMemoryStore, withFaults } from '../../../lib/testing/index.ts';

const leave = new AbortController();
const store = withFaults(createMemoryStore(createMemory(), 'e'), (call) => {
  if (call.kind === 'read') return undefined;
  setTimeout(() => leave.abort(), 10);
  return 'request-lost';
});
const election = createElection({
  name: 'e',
  via: leaseMechanism({ open: () => store }),
  timings: { leaseDurationMs: 3_600_000, renewIntervalMs: 60_000 },
});
try {
  await election.campaign({ signal: leave.signal });
} catch {
  console.log('called off');
}
