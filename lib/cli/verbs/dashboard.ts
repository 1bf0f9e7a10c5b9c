/**
 * `tenure dashboard`: the live page of a real election or group, which only looks.
 */
import { Command } from 'commander';
import { createHub, followTable, startDashboard } from '../../dashboard/index.ts';
import { onElection, readElection, withElection } from '../election/one-election.ts';
import { parsePort } from '../election/port.ts';
import type { StoreOptions } from '../election/store-options.ts';
import { serveGroupPage } from '../groups/group-page.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';

interface DashboardVerbOptions extends StoreOptions {
  readonly port?: number;
  readonly json?: boolean;
  readonly partitions?: boolean;
}

const HELP = `
Open the address that it prints. It listens on loopback only, shows what the record, the history and the
candidates' rows say, and changes nothing. Ctrl-C ends it.

Exit codes: 0 ended by Ctrl-C, 2 usage, 3 the table is missing or cannot be reached.

Examples:
  tenure dashboard nightly-report --port 8080
  tenure dashboard orders --partitions`;

export function dashboardVerb(): Command {
  return withElection(new Command('dashboard').description('open a live page of an election'))
    .option('--partitions', 'of a group: who leads each partition')
    .option('--port <number>', 'the port to listen on (default: a free one)', parsePort)
    .addHelpText('after', HELP)
    .action(async (election: string, options: DashboardVerbOptions) => {
      process.exitCode = await serveDashboard(election, options);
    });
}

function serveDashboard(election: string, options: DashboardVerbOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  if (options.partitions) return serveGroupPage(election, options, stop.signal);
  return onElection(election, options, async (opened) => {
    // Checked before the page opens: without its table there is nothing to show.
    await readElection(opened);
    const hub = createHub();
    const where = options.endpoint === undefined ? '' : ` at ${options.endpoint}`;
    const subtitle = `table ${options.table}${where}`;
    const { port } = options;
    await using dashboard = await startDashboard({ title: election, subtitle, hub, port });
    const { url } = dashboard;
    print(
      options.json ? JSON.stringify({ election, url }) : `${election}: ${url}  (Ctrl-C ends it)`,
    );
    const { store, rows } = opened;
    await followTable({ store, rows, signal: stop.signal, tell: hub.publish });
    return EXIT.done;
  });
}
