/**
 * `/livez`, `/readyz` and `/leader` over HTTP, for ECS, EKS or any container.
 *
 * `/leader` is for finding the leader, never for the service's own health check: a check that only the
 * leader passes makes the platform replace every standby, one after the other, without end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { Clock, Journal } from '../ports.ts';
import { afterEvent, type HealthReport, healthReport, INITIAL_HEALTH } from './health-state.ts';

/** What `createHealth` takes. */
export interface HealthOptions {
  /** The same check as the election's: whether this process could work. Default: always healthy. */
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
  /** Default: this process's. Tests give a manual one. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** The health of one process: a journal to give to its elections, and a server of endpoints. */
export interface Health {
  /** Give it to `createElection`, alone or in `combineJournals(…)`. Tells of one election. */
  readonly journal: Journal;
  /** What the endpoints would answer now. */
  report(): Promise<HealthReport>;
  /** Answers `/livez`, `/readyz` and `/leader`; `false` for another path. For a server of your own. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** A server of its own. `port` 0 takes a free one. Disposing closes it. */
  listen(options: { port: number; host?: string }): Promise<HealthServer>;
}

/** The endpoints as they are served. */
export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

const KNOWN: readonly string[] = ['healthy', 'clock'] satisfies readonly (keyof HealthOptions)[];
/**
 * A probe that hangs is worse than one that fails. Kubernetes gives up after a second by default.
 */
const HEALTHY_TIMEOUT_MS = 800;

const machineClock: Pick<Clock, 'now'> = {
  now: () => ({ monotonicMs: performance.now(), epochMs: Date.now() }),
};

/** @throws InvalidOptionsError for an unknown option. */
export function createHealth(options: HealthOptions = {}): Health {
  const problems = unknownOptions(options, KNOWN);
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const { clock = machineClock, healthy = () => true } = options;
  let state = INITIAL_HEALTH;

  async function report(): Promise<HealthReport> {
    const ok = await saysHealthy(healthy);
    return healthReport(state, clock.now(), ok);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const verdict = VERDICTS[pathOf(request.url)];
    if (verdict === undefined) return false;
    const found = await report();
    response.writeHead(verdict(found) ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(JSON.stringify(found.body));
    return true;
  }

  return {
    journal: {
      record(event) {
        state = afterEvent(state, event, clock.now());
      },
    },
    report,
    answer,
    listen: ({ port, host }) => listen(answer, port, host),
  };
}

const VERDICTS: Readonly<Record<string, (report: HealthReport) => boolean>> = {
  '/livez': ({ live }) => live,
  '/readyz': ({ ready }) => ready,
  '/leader': ({ leading }) => leading,
};

/** Of any target that a client may send: `//` and `http://[` are no address, and ask for nothing here. */
function pathOf(target = '/'): string {
  const base = 'http://health';
  return URL.canParse(target, base) ? new URL(target, base).pathname : '';
}

async function saysHealthy(healthy: () => boolean | Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, HEALTHY_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([healthy(), late]);
  } catch {
    // A check that throws is not healthy, as for the election.
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function listen(
  answer: Health['answer'],
  port: number,
  host?: string,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request, response)
      .then((answered) => {
        if (!answered) response.writeHead(404).end();
      })
      // A connection that broke under its answer ends alone. It must not end the leader's process.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
