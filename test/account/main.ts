/**
 * `npm run account [-- --keep] [--json]`: an account on this machine, and the app deployed into it.
 *
 * Plays what an operator would see: deployments, leaders, events, alarms by their causes, the end.
 * Progress goes to standard error. `--json` prints, last, one object with a verdict for each step.
 * `--keep` deploys, prints the environment to export, and runs until it is interrupted.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Account, openAccount } from './account.ts';
import { CONTEXT, play } from './play.ts';
import { createReport, type Report } from './report.ts';
import { HANG_MS, interrupted } from './shell.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});

const startedMs = performance.now();
const report = createReport((line) => console.error(line));
await (values.keep ? keep() : playAll());
if (values.json) console.log(JSON.stringify(summaryOf(report)));
process.exitCode = report.verdicts.every(({ ok }) => ok) ? 0 : 1;

async function playAll(): Promise<void> {
  await using account = await openAccount();
  // An interrupted program leaves no process behind either.
  const end = async (exitCode: number) => {
    interrupted.abort();
    await account[Symbol.asyncDispose]();
    process.exit(exitCode);
  };
  process.once('SIGINT', () => end(130)).once('SIGTERM', () => end(143));
  const hung = setTimeout(() => {
    console.error(`not through after ${HANG_MS} ms: given up`);
    void end(1);
  }, HANG_MS);
  await play(account, report);
  clearTimeout(hung);
}

async function keep(): Promise<void> {
  await using account = await openAccount();
  await deployOnly(account);
  console.log('# an account on this machine; end it with Ctrl+C');
  for (const [name, value] of Object.entries(account.server.env)) {
    if (name.startsWith('AWS_')) console.log(`export ${name}=${value}`);
  }
  const { WhoLeads } = await account.outputsOf('TenureState').catch(() => ({ WhoLeads: '' }));
  console.log(`# ${WhoLeads}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

async function deployOnly(account: Account): Promise<void> {
  await report.play('cdk bootstrap', async () => {
    await account.cdk.bootstrap();
    return 'done';
  });
  await report.play('cdk deploy --all', async () => {
    const { leftOut } = await account.cdk.deploy('kept', CONTEXT);
    return `left out: ${leftOut.join(', ')}`;
  });
}

function summaryOf({ verdicts }: Report) {
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  return { ok: verdicts.every(({ ok }) => ok), seconds, steps: verdicts };
}
