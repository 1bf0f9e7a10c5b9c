/** `npm run chaos -- --minutes 30 [--seed N]`: a long run on real processes, with a report. */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const durationMs = Number(values.minutes) * 60_000;
const report = await chaos({ durationMs, seed: Number(values.seed) });
console.log(JSON.stringify(report, null, 2));
process.exitCode = report.violations.length === 0 && report.acknowledgedAfterHealing > 0 ? 0 : 1;
