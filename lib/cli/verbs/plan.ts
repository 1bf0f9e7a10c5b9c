/**
 * `tenure plan`: from what a user wants to timings, times without a leader, and a month's cost.
 *
 * Sends no request, neither to AWS nor to a table. The prices are those of the package, with their
 * date.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseLastingDuration } from '../election/duration.ts';
import { planFor } from '../planning/plan.ts';
import { planLines } from '../planning/plan-lines.ts';
import { PRICES } from '../planning/prices.ts';
import { print } from '../terminal/terminal.ts';

interface PlanOptions {
  readonly crash: number;
  readonly elections: number;
  readonly standbys: number;
  readonly json?: boolean;
}

const HELP = `
The crash is counted as guarantee 4 counts it: lease + renew interval + a few round trips.

Examples:
  tenure plan --crash 5s
  tenure plan --crash 30s --elections 40 --standbys 2 --json`;

export function planVerb(): Command {
  return new Command('plan')
    .description('from what you want to timings, times and cost')
    .requiredOption(
      '--crash <duration>',
      'the longest time without a leader after a crash',
      parseLastingDuration,
    )
    .option('--elections <n>', 'how many', parseCount(1), 1)
    .option('--standbys <n>', 'of each election', parseCount(0), 1)
    .addOption(
      new Option('--price <region>', 'whose list prices')
        .choices([PRICES.region])
        .default(PRICES.region),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((options: PlanOptions) => {
      const { crash: crashMs, elections, standbys } = options;
      const plan = planFor({ crashMs, elections, standbys });
      print(...(options.json ? [JSON.stringify(plan)] : planLines(plan)));
    });
}

function parseCount(least: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d{1,7}$/.test(text) && count >= least) return count;
    throw new InvalidArgumentError(`Give a whole number from ${least} to 9999999.`);
  };
}
