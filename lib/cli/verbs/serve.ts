/**
 * `tenure serve`: a sidecar that campaigns for a program in any language. The program asks it over
 * HTTP.
 */
import { Command, Option } from 'commander';
import { parsePort } from '../election/port.ts';
import { parseElection, withStoreOptions, withTimingOptions } from '../election/store-options.ts';
import { type SidecarOptions, serveElection } from '../serve/sidecar.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { listenForStop } from '../terminal/stop-signals.ts';
import { print } from '../terminal/terminal.ts';

interface ServeOptions extends SidecarOptions {
  readonly json?: boolean;
}

const HELP = `
Listens on loopback, or with --socket on a Unix socket that only its user may open:
  GET /term      200 with token, state and remainingMs while the caller may act, else 404
  GET /leader    200 with candidateId and token of the leader as last seen, else 404
  GET /events    server-sent: what holds now, then each event
  POST /resign   the caller's work has stopped: release the role; not elected again for a lease
  GET /readyz, /livez

Before each effect: act only if GET /term said 200, and less than its remainingMs has passed since the
request was sent. Send the token with each write. SIGTERM drains: /term says "draining", and the role is
released at POST /resign, or after --drain (default: 5s).

Exit codes: 0 ended by a signal, 2 usage, 3 the table or queue is missing or cannot be reached at start.

Examples:
  tenure serve nightly-report --port 7070
  tenure serve nightly-report --socket /run/tenure.sock --lease 5s --renew 1500ms`;

export function serveVerb(): Command {
  const verb = new Command('serve')
    .description('campaign for a program that asks over HTTP')
    .argument('<election>', 'what to be the leader of', parseElection);
  return withTimingOptions(withStoreOptions(verb))
    .option('--candidate <prefix>', 'begins the candidate id (default: host and process)')
    .option('--queue <url>', 'elect over this SQS FIFO queue, without a table')
    .option('--port <number>', 'the port to listen on (default: a free one)', parsePort)
    .addOption(new Option('--socket <path>', 'listen on a Unix socket').conflicts('port'))
    .option('--json', 'print the address as JSON')
    .addHelpText('after', HELP)
    .action(async (election: string, options: ServeOptions) => {
      const { stop, stopNow } = listenForStop();
      await serveElection({
        election,
        options,
        stop: stop.signal,
        stopNow: stopNow.signal,
        ready(address) {
          const { url, socket } = address as { url?: string; socket?: string };
          if (options.json) print(JSON.stringify({ election, url, socket }));
          else print(`${election}: ${url ?? socket}  (Ctrl-C ends it)`);
        },
      });
      process.exitCode = EXIT.done;
    });
}
